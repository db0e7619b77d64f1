/// What a reduction leaves of a group's elements.
enum ReductionForm: Equatable {
  /// One element per row of this length.
  case rows(Int)
  /// One element per column: this many, of each of so many stretches of rows.
  case columns(Int, stretches: Int)
  case everything
}

/// Elementwise fusion: nodes over equally many elements run together, tile by tile, with broadcast operands read
/// where they lie. Reductions join at the end of a tile (sums over leading axes or over everything), or within it
/// (over the trailing axes, if a row fits a tile), so that a whole softmax or normalization is one group.
extension Plan {
  /// Whether a node may be part of a group: elementwise over numbers with axes, or a reduction in a simple form.
  func isFusable(_ id: Int32) -> Bool {
    let node = graph.nodes[Int(id)]
    guard node.kind == .operation, !node.isIndex else { return false }
    if node.opcode != nil { return node.shape != 0 && graph.count(of: id) > 0 }
    guard passes.contains(.fusion) else { return false }
    if graph.applies(Broadcast.self, node) {
      return node.shape != 0 && graph.count(of: id) > 0
        && Self.pattern(from: graph.shape(of: graph.input(of: node)), to: graph.shape(of: id)) != nil
    }
    return reductionForm(id) != nil || rowLength(ofSoftmax: id) != nil
  }

  /// The row length of a softmax over the last axis that fits a tile.
  func rowLength(ofSoftmax id: Int32) -> Int? {
    guard let softmax = graph.primitive(of: id, as: Softmax.self), graph.count(of: id) > 0 else { return nil }
    let shape = graph.shape(of: id)
    let (_, length, inner) = shape.split(at: softmax.axis)
    return inner == 1 && length > 1 && length <= GroupShape.longestRow ? length : nil
  }

  /// The form of a reduction that a group can take in.
  func reductionForm(_ id: Int32) -> ReductionForm? {
    let node = graph.nodes[Int(id)]
    guard node.kind == .operation, node.opcode == nil, node.inputCount == 1 else { return nil }
    let primitive = graph.primitive(of: node)
    let shape = graph.shape(of: graph.input(of: node))
    guard shape.elementCount > 1, !graph.nodes[Int(graph.input(of: node))].isIndex else { return nil }
    let isSum = primitive is Sum
    guard let axes = Self.reducedAxes(primitive)?.filter({ shape[$0] != 1 }) else { return nil }
    let long = (0..<shape.rank).filter { shape[$0] != 1 }
    if axes == long { return isSum ? .everything : nil }
    let length = axes.map { shape[$0] }.reduce(1, *)
    if axes == Array(long.suffix(axes.count)) {
      return length <= GroupShape.longestRow && length > 1 ? .rows(length) : nil
    }
    guard isSum, let first = long.firstIndex(of: axes[0]), axes == Array(long[first...].prefix(axes.count)) else {
      return nil
    }
    let stretches = long[..<first].map { shape[$0] }.reduce(1, *), columns = shape.elementCount / length / stretches
    return stretches == 1 || stretches * columns <= GroupShape.mostSums ? .columns(columns, stretches: stretches) : nil
  }

  static func reducedAxes(_ primitive: (any Primitive)?) -> [Int]? {
    switch primitive {
    case let sum as Sum: sum.axes
    case let extremum as Extremum: extremum.axes
    case let logSumExp as LogSumExp: logSumExp.axes
    default: nil
    }
  }

  /// Elements that a node's computation runs over, and what the group's rows must be like.
  func requirement(_ id: Int32) -> GroupShape? {
    let node = graph.nodes[Int(id)]
    var shape = GroupShape()
    switch reductionForm(id) {
    case .rows(let length)?:
      shape.count = graph.count(of: graph.input(of: node))
      guard let fixed = shape.requiring(rowsOf: length) else { return nil }
      shape = fixed
    case .columns(let columns, _)?:
      shape.count = graph.count(of: graph.input(of: node))
      shape.divisor = columns
    case .everything?: shape.count = graph.count(of: graph.input(of: node))
    case nil:
      shape.count = graph.count(of: id)
      if let length = rowLength(ofSoftmax: id), let fixed = shape.requiring(rowsOf: length) { shape = fixed }
    }
    return requiring(operands(of: id), shape)
  }

  /// The group's shape with what its operands require.
  private func requiring(_ operands: ArraySlice<Operand>, _ shape: GroupShape) -> GroupShape? {
    var result = shape
    for operand in operands where !operand.isFull && !operand.isSingle {
      if let rows = operand.rows {
        guard let next = result.requiring(rowsExactly: rows.length) else { return nil }
        result = next
        continue
      }
      guard let next = result.requiring(rowsDividing: operand.divisor > 1 ? operand.divisor : operand.modulus) else {
        return nil
      }
      result = next
    }
    return result
  }

  /// What a node of a group reads.
  func operands(of id: Int32) -> ArraySlice<Operand> { operandTable?[id] ?? foundOperands(of: id)[...] }

  func foundOperands(of id: Int32) -> [Operand] {
    let input = graph.input(of: id)
    if isWrittenBroadcast(id), let pattern = Self.pattern(from: graph.shape(of: input), to: graph.shape(of: id)) {
      return [
        Operand(source: self[input].root, divisor: pattern.divisor, modulus: pattern.modulus, stretch: pattern.stretch)
      ]
    }
    return graph.inputs(of: id).map { operand($0) }
  }

  /// A broadcast that is a member of a group: somebody outside needs it written out.
  func isWrittenBroadcast(_ id: Int32) -> Bool {
    graph.applies(Broadcast.self, id)
  }

  /// Puts a node into the group of what it reads, into one that reads the same, or into a new one.
  mutating func assignToGroup(_ id: Int32) {
    guard let needed = requirement(id) else {
      return add(Unit(kind: .single, nodes: [id], position: Position(node: id)))
    }
    var joined: Int32 = -1
    if passes.contains(.fusion) {
      for candidate in candidates(for: id) {
        if joined < 0 {
          if join(id, needed, to: candidate) { joined = candidate }
        } else if merge(candidate, into: joined) {
          continue
        }
      }
    }
    if joined < 0 {
      var unit = Unit(kind: .group, nodes: [id], position: Position(node: id))
      unit.group = needed
      unit.togetherWith = graph.nodes[Int(id)].togetherWith
      add(unit)
      joined = Int32(units.count - 1)
    }
    for operand in operands(of: id) { self[operand.source].lastReader = joined }
  }

  /// Groups that compute an operand or read one too, the latest first.
  private func candidates(for id: Int32) -> [Int32] {
    var result: [(position: Position, unit: Int32)] = []
    // Who reads the same number has nothing in common with another reader but that; in a tile it saves a step.
    let isSmall = graph.count(of: id) <= Kernels.tileElements
    for operand in operands(of: id) {
      let reader = operand.isSingle && !isSmall ? -1 : current(self[operand.source].lastReader)
      for unit in [self[operand.source].unit, reader]
      where unit >= 0 && units[Int(unit)].kind == .group && !result.contains(where: { $0.unit == unit }) {
        result.append((units[Int(unit)].position, unit))
      }
    }
    if result.count > 1 { result.sort { $0.position > $1.position } }
    return result.map(\.unit)
  }

  /// The group that a merged group became; -1 stays -1.
  private func current(_ unit: Int32) -> Int32 { unit < 0 ? -1 : self[units[Int(unit)].nodes[0]].unit }

  /// The largest number of nodes in a group: more would spill the tiles out of the first cache.
  private static var largestGroup: Int { 64 }

  /// Joins a node to a group if its elements match and no value would be needed before it is there.
  private mutating func join(_ id: Int32, _ needed: GroupShape, to unit: Int32) -> Bool {
    let number = graph.nodes[Int(id)].togetherWith
    guard units[Int(unit)].nodes.count < Self.largestGroup, number == 0 || number == units[Int(unit)].togetherWith,
      let shape = combined(needed, with: units[Int(unit)].group, id, unit)
    else { return false }
    var latest = Position(node: -1)
    for operand in operands(of: id) {
      if producer(of: operand.source) == unit {
        if isView(operand.source) || isLate(operand.source) || !isReadable(operand, in: shape, by: id) {
          return false
        }
      } else {
        latest = Swift.max(latest, position(of: operand.source))
      }
    }
    guard movedBehind(latest, unit) else { return false }
    units[Int(unit)].nodes.append(id)
    units[Int(unit)].group = shape
    self[id].unit = unit
    addConsumer(unit, of: id)
    return true
  }

  /// The group's shape with the node in it, if there is one.
  private func combined(_ needed: GroupShape, with group: GroupShape, _ id: Int32, _ unit: Int32) -> GroupShape? {
    if group.count == needed.count { return group.requiring(needed) }
    // Elementwise over the rows of the group: one element per row, all from rows.
    guard group.isFixed, needed.count * group.divisor == group.count, graph.opcode(of: id) != nil, needed.divisor == 0
    else { return nil }
    return group
  }

  /// Whether a member's value can be read this way by another: full by full, one per row by the whole row.
  private func isReadable(_ operand: Operand, in shape: GroupShape, by id: Int32) -> Bool {
    let produced = graph.count(of: operand.source), reads = elementCount(of: id)
    if operand.isFull { return produced == reads }
    return shape.isFixed && operand.divisor == shape.divisor && operand.modulus == 0
      && produced * shape.divisor == shape.count && reads == shape.count
  }

  /// The elements that a node's computation runs over.
  func elementCount(of id: Int32) -> Int {
    reductionForm(id) != nil ? graph.count(of: graph.input(of: id)) : graph.count(of: id)
  }

  /// A reduction whose result is complete only when its group has run.
  func isLate(_ id: Int32) -> Bool {
    switch reductionForm(id) {
    case .columns, .everything: true
    case .rows, nil: false
    }
  }

  /// Moves a group behind a position, if none of its consumers stands before that.
  private mutating func movedBehind(_ latest: Position, _ unit: Int32) -> Bool {
    if latest < units[Int(unit)].position { return true }
    for consumer in units[Int(unit)].consumers where !units[Int(consumer)].isMerged && consumer != unit {
      if units[Int(consumer)].position <= latest { return false }
      // The moved group must also stay before a consumer that was moved behind the same node.
      if units[Int(consumer)].position.node == latest.node { return false }
    }
    sequence += 1
    units[Int(unit)].position = Position(node: latest.node, sequence: sequence)
    return true
  }

  /// Merges two groups over equally many elements, the earlier into the later, if nobody needs the earlier before.
  private mutating func merge(_ one: Int32, into other: Int32) -> Bool {
    let (early, late) = units[Int(one)].position < units[Int(other)].position ? (one, other) : (other, one)
    let (a, b) = (units[Int(early)], units[Int(late)])
    guard early == one, a.group.count == b.group.count, a.nodes.count + b.nodes.count <= Self.largestGroup else {
      return false
    }
    guard let shape = b.group.requiring(a.group) else { return false }
    for consumer in a.consumers where consumer != late && !units[Int(consumer)].isMerged {
      if units[Int(consumer)].position <= b.position { return false }
    }
    for node in b.nodes {
      for operand in operands(of: node) where producer(of: operand.source) == early {
        if isView(operand.source) || isLate(operand.source) || !isReadable(operand, in: shape, by: node) {
          return false
        }
      }
    }
    units[Int(late)].nodes = (a.nodes + b.nodes).sorted()
    units[Int(late)].group = shape
    for consumer in a.consumers where consumer != late { units[Int(late)].consumers.append(consumer) }
    for node in a.nodes {
      self[node].unit = late
      addConsumer(late, of: node)
    }
    units[Int(early)].isMerged = true
    return true
  }
}
