/// Which columns the blocks of a region compute: a constant mask that hides the same columns from all rows of a block
/// saves their work, if what is hidden is 0 wherever it counts.
///
/// What is known of hidden elements goes along the primitives:
///
/// | primitive | of a hidden element |
/// |---|---|
/// | the mask itself | its value, as in the mask's corner |
/// | x + (−∞), where(0, x, c), c · x | −∞, c, a multiple |
/// | softmax, or exp of x less its largest | 0, if the row's largest leaves nothing to it (seen when it is run) |
/// | 0 · x | 0: what a mask hides is not looked at, even if it is not finite |
struct BlockSpans {
  private let plan: Plan
  private let memory: MemoryPlan
  private let unit: Plan.Unit
  private let members: [Int32]
  private let scaled: Set<Int32>
  private var graph: ProgramGraph { plan.graph }

  private enum Hidden: Equatable {
    case number(Double)
    /// Less than a number below the row's largest of it.
    case vanishing(Double)
    case unknown
  }

  init(_ plan: Plan, _ memory: MemoryPlan, _ unit: Plan.Unit, _ members: [Int32], scaled: Set<Int32>) {
    (self.plan, self.memory, self.unit, self.members, self.scaled) = (plan, memory, unit, members, scaled)
  }

  /// Chooses the step's rows of a block, chunks and columns.
  ///
  /// - Parameter place: the register of an operand.
  func choose(for step: RowBlockStep, _ register: (Int32) -> Int32?, place: (Operand) -> Int32?) {
    let bytes = (step.columns + 16) * step.stride
    step.blockRows = Swift.min(step.rows, Swift.max(42, Swift.min(64, (1 << 19) / bytes)))
    // Each chunk has sums of its own, and panels made anew.
    let parts = step.results.contains(where: \.isSum) ? 4 : 16
    step.chunks = Swift.max(1, Swift.min((step.blocks + 3) / 4, (parts + step.batch - 1) / step.batch))
    step.spans = [Range<Int>](repeating: 0..<step.columns, count: step.blocks)
    for mask in masks(step) {
      guard let limits = limits(mask.corner, mask.source, register) else { continue }
      let (spans, seen, same) = spans(mask, step)
      (step.hiddenLimits, step.spans) = (limits, spans)
      if let number = mask.operands.lazy.compactMap(place).first {
        step.mask = BlockMask(register: number, seen: seen, columns: same)
      }
      return
    }
  }

  // MARK: Masks

  private struct Mask {
    var source: Int32, rows: Int
    var corner: Double
    var operands: [Operand]
  }

  /// Constants with a row for each of a matrix.
  private func masks(_ step: RowBlockStep) -> [Mask] {
    var found: [Mask] = []
    for id in members {
      for input in graph.inputs(of: id) {
        let operand = plan.operand(input), node = graph.nodes[Int(operand.source)]
        let rows = graph.count(of: operand.source) / step.columns
        guard node.kind == .constant, node.leaf >= 0, !node.isIndex, operand.divisor == 1, operand.stretch == 0,
          operand.modulus > 0 || step.batch == 1, rows > 1, rows * step.columns == graph.count(of: operand.source),
          step.rows % rows == 0, !found.contains(where: { $0.source == operand.source })
        else { continue }
        let corner = graph.constants[Int(node.leaf)].element(step.columns - 1)
        found.append(Mask(source: operand.source, rows: rows, corner: corner, operands: [operand]))
      }
    }
    return found
  }

  /// The columns between those that all rows of a block hide, in whole panels of factors; and among them those in which
  /// all rows are like the first that the last row sees.
  private func spans(_ mask: Mask, _ step: RowBlockStep) -> (spans: [Range<Int>], seen: Double, same: [Range<Int>]) {
    let tensor = graph.constants[Int(graph.nodes[Int(mask.source)].leaf)]
    let rows =
      tensor.elementType == .float64
      ? MaskRows(of: Double.self, tensor, rows: mask.rows, columns: step.columns, hidden: mask.corner)
      : MaskRows(of: Float.self, tensor, rows: mask.rows, columns: step.columns, hidden: Float(mask.corner))
    var (spans, same): ([Range<Int>], [Range<Int>]) = ([], [])
    for block in 0..<step.blocks {
      let ranges = (block * step.blockRows..<Swift.min(step.rows, (block + 1) * step.blockRows)).map {
        rows.ranges[$0 % mask.rows]
      }
      // A row that sees nothing: softmax may share it out among all.
      let isWhole = ranges.contains { $0.seen.isEmpty }
      let first = isWhole ? 0 : ranges.reduce(step.columns) { Swift.min($0, $1.seen.lowerBound) }
      let last = isWhole ? step.columns : ranges.reduce(0) { Swift.max($0, $1.seen.upperBound) }
      spans.append(
        first / RowBlockStep.panel * RowBlockStep.panel..<Swift.min(step.columns, (last + 15) / 16 * 16))
      let start = ranges.reduce(0) { Swift.max($0, $1.same.lowerBound) }
      same.append(start..<Swift.max(start, ranges.reduce(step.columns) { Swift.min($0, $1.same.upperBound) }))
    }
    return (spans, rows.seen, same)
  }

  // MARK: What is hidden

  /// By register: what each row's largest value must be far above; `nil` if what is hidden counts.
  private func limits(_ corner: Double, _ mask: Int32, _ register: (Int32) -> Int32?) -> [Int32: Double]? {
    var (known, limits): ([Int32: Hidden], [Int32: Double]) = ([mask: .number(corner)], [:])
    /// The largest of a row, by the node that takes it: of what.
    var largest: [Int32: Int32] = [:]
    func hidden(_ id: Int32) -> Hidden {
      if let number = graph.uniform(id) { return .number(number) }
      return known[plan.operand(id).source] ?? .unknown
    }
    for id in members {
      let inputs = graph.inputs(of: id), values = inputs.map(hidden)
      if let opcode = graph.opcode(of: id) {
        if opcode == .subtract, let of = largest[plan.operand(inputs[1]).source], case .number(let limit) = values[0],
          of == plan[inputs[0]].root
        {
          known[id] = .vanishing(limit)
        } else {
          known[id] = result(opcode, values)
        }
        continue
      }
      switch graph.primitive(of: id) {
      case is Softmax:
        guard case .number(let limit) = values[0], limit == limit, limit < .infinity else { return nil }
        (known[id], limits[register(id) ?? -1]) = (.number(0), limit)
      case let extremum as Extremum:
        guard extremum.isMaximum, case .number(let limit) = values[0], limit < .infinity else { return nil }
        (largest[id], limits[register(id) ?? -1]) = (plan[inputs[0]].root, limit)
      case is Sum:
        guard values[0] == .number(0) else { return nil }
      case is RandomUniform: break
      default: return nil
      }
    }
    let results = unit.nodes.filter { memory.isStored($0) }
    let areZero = results.allSatisfy { result in
      graph.inputs(of: result).allSatisfy { !unit.nodes.contains(plan[$0].root) || isZero($0, known) }
    }
    return areZero ? limits : nil
  }

  /// Whether what is hidden of a value that a result reads is 0; a multiple of 0 is.
  private func isZero(_ id: Int32, _ known: [Int32: Hidden]) -> Bool {
    let root = plan[id].root
    if known[root] == .number(0) { return true }
    guard !members.contains(root), let opcode = graph.opcode(of: root), opcode == .multiply || opcode == .divide else {
      return false
    }
    return graph.inputs(of: root).contains { unit.nodes.contains(plan[$0].root) && isZero($0, known) }
  }

  private func result(_ opcode: Opcode, _ values: [Hidden]) -> Hidden {
    var numbers: [Double] = []
    for case .number(let number) in values { numbers.append(number) }
    if numbers.count == values.count {
      numbers += [0, 0]
      return .number(Kernels.scalar(opcode, numbers[0], numbers[1], numbers[2]))
    }
    switch opcode {
    case .where:
      guard case .number(let condition) = values[0] else { return values[1] == values[2] ? values[1] : .unknown }
      return condition != 0 ? values[1] : values[2]
    case .add: return values.contains(.number(-.infinity)) ? .number(-.infinity) : .unknown
    case .subtract: return values[0] == .number(-.infinity) ? .number(-.infinity) : .unknown
    case .multiply: return values.contains(.number(0)) ? .number(0) : .unknown
    case .divide: return values[0] == .number(0) ? .number(0) : .unknown
    case .exp:
      if case .vanishing = values[0] { return .number(0) }
      return .unknown
    default: return .unknown
    }
  }
}

/// What each row of a mask sees.
private struct MaskRows {
  /// From the first to the last column that is not hidden, and from the first on as far as all are like `MaskRows.seen`.
  private(set) var ranges: [(seen: Range<Int>, same: Range<Int>)] = []
  /// What the last row has where it first sees something.
  let seen: Double

  init<Element: BinaryFloatingPoint>(
    of type: Element.Type, _ tensor: Tensor, rows: Int, columns: Int, hidden: Element
  ) {
    let base = UnsafePointer(tensor.storage.base.assumingMemoryBound(to: type))
    let last = base + (rows - 1) * columns
    let like = (0..<columns).first { last[$0] != hidden }.map { last[$0] } ?? hidden
    seen = Double(like)
    ranges.reserveCapacity(rows)
    for row in 0..<rows {
      let values = base + row * columns
      var (first, end) = (0, columns)
      while first < columns, values[first] == hidden { first += 1 }
      while end > first, values[end - 1] == hidden { end -= 1 }
      var same = first
      while same < end, values[same] == like { same += 1 }
      ranges.append((first..<end, first..<same))
    }
  }
}
