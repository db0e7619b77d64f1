/// How a group reads a value: element i of the group reads element (i / divisor) mod modulus of the source, within each
/// stretch of elements anew.
///
/// | source | divisor | modulus | stretch |
/// |---|---|---|---|
/// | all elements | 1 | 0 (none) | 0 (none) |
/// | repeated over leading axes, `[n] → [m, n]` | 1 | n | 0 |
/// | repeated over trailing axes, `[m, 1] → [m, n]` | n | 0 | 0 |
/// | both, `[c, 1] → [b, c, n]` | n | c | 0 |
/// | repeated over axes between, `[b, 1, n] → [b, m, n]` | 1 | n | m · n |
/// | a single number | 0 (always element 0) | 0 | 0 |
///
/// Or it reads rows of a larger value where they lie (see PartsInRows.swift).
struct Operand {
  var source: Int32
  var divisor = 1
  var modulus = 0
  var rows: Rows?
  /// Elements after which the source goes on to its next `modulus` ones; 0 if it begins again.
  var stretch = 0

  var isFull: Bool { divisor == 1 && modulus == 0 && rows == nil }
  var isSingle: Bool { divisor == 0 }
}

/// The operands of all nodes of a plan, one list for all.
struct OperandTable {
  private var all: [Operand] = []
  /// Where each node's begin, and the end of the last.
  private var starts: [Int32] = [0]

  init(_ plan: Plan) {
    starts.reserveCapacity(plan.graph.nodes.count + 1)
    for (id, node) in plan.graph.nodes.enumerated() {
      if plan.isWrittenBroadcast(Int32(id)) {
        all += plan.foundOperands(of: Int32(id))
      } else {
        for index in 0..<Int(node.inputCount) { all.append(plan.operand(plan.graph.input(index, of: node))) }
      }
      starts.append(Int32(all.count))
    }
  }

  subscript(id: Int32) -> ArraySlice<Operand> { all[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])] }
}

extension Plan {
  /// The operand behind a node: reshapes are looked through, and so is one broadcast of a supported form.
  func operand(_ id: Int32) -> Operand {
    let root = self[id].root
    if self[root].isVirtual, let rows = slicedRows(root) {
      return Operand(source: self[graph.input(of: root)].root, rows: rows)
    }
    guard self[root].isVirtual, let pattern = Self.pattern(from: sourceShape(root), to: graph.shape(of: root)) else {
      return Operand(source: root)
    }
    let source = self[graph.input(of: root)].root
    if self[source].isVirtual { return Operand(source: operand(source).source, divisor: 0) }
    return Operand(source: source, divisor: pattern.divisor, modulus: pattern.modulus, stretch: pattern.stretch)
  }

  private func sourceShape(_ broadcast: Int32) -> Shape { graph.shape(of: graph.input(of: broadcast)) }

  /// Finds the broadcasts, and the slices in rows, that all their readers see through. One that somebody needs written
  /// out is a value of its
  /// own, and so is one that is broadcast again (but for single numbers).
  mutating func findVirtualBroadcasts() {
    for id in graph.nodes.indices.map(Int32.init) {
      // What a region's copies read is read by nobody else.
      if graph.nodes[Int(id)].region != 0 {
        self[id].isVirtual = graph.applies(Broadcast.self, id)
        continue
      }
      self[id].isVirtual = isSeenThrough(id) || isSliceSeenThrough(id)
    }
    for id in graph.nodes.indices { writeWhatCannotBeSeenThrough(by: Int32(id)) }
  }

  /// Rows of two operands that do not go together (4 and 6, say, when a reshape lies between), or a row that is
  /// reduced and longer than what is repeated in it: such a reader is given its broadcasts written out.
  private mutating func writeWhatCannotBeSeenThrough(by reader: Int32) {
    let node = graph.nodes[Int(reader)]
    guard node.kind == .operation, node.region == 0, self[reader].root == reader, self[reader].absorber < 0,
      (0..<Int(node.inputCount)).contains(where: { self[self[graph.input($0, of: node)].root].isVirtual }),
      isGroupable(reader), requirement(reader) == nil
    else { return }
    for input in graph.inputs(of: reader) { self[self[input].root].isVirtual = false }
  }

  private func isSeenThrough(_ root: Int32) -> Bool {
    let node = graph.nodes[Int(root)]
    guard graph.applies(Broadcast.self, node), !node.isIndex,
      !self[root].isKept, passes.contains(.fusion), graph.count(of: root) > 0,
      Self.pattern(from: sourceShape(root), to: graph.shape(of: root)) != nil
    else { return false }
    return readers(of: root).allSatisfy {
      (isGroupable($0) || self[$0].absorber >= 0)
        && (!graph.applies(Broadcast.self, $0) || graph.count(of: root) == 1)
    }
  }

  /// Which elements a broadcast repeats, if they follow the table of `Operand`.
  static func pattern(from source: Shape, to target: Shape) -> (divisor: Int, modulus: Int, stretch: Int)? {
    if source.elementCount == target.elementCount { return (1, 0, 0) }
    if source.elementCount == 1 { return (0, 0, 0) }
    let missing = target.rank - source.rank
    var runs: [(isRepeated: Bool, length: Int)] = []
    for axis in 0..<target.rank where target[axis] != 1 {
      let isRepeated = axis < missing || source[axis - missing] == 1
      if runs.last?.isRepeated == isRepeated {
        runs[runs.count - 1].length *= target[axis]
      } else {
        runs.append((isRepeated, target[axis]))
      }
    }
    let kinds = runs.map(\.isRepeated)
    if kinds == [true, false] { return (1, runs[1].length, 0) }
    if kinds == [false, true] { return (runs[1].length, 0, 0) }
    if kinds == [true, false, true] { return (runs[2].length, runs[1].length, 0) }
    if kinds == [false, true, false] { return (1, runs[2].length, runs[1].length * runs[2].length) }
    return nil
  }

  /// Whether a node can be computed tile by tile.
  func isGroupable(_ id: Int32) -> Bool {
    graph.nodes[Int(id)].region == 0 && self[id].absorber < 0 && absorbed[id] == nil
      && !(isScalar(id) && graph.opcode(of: id) != nil)
      && (isFusable(id) || isAlias(id))
  }
}
