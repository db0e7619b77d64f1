/// Rules for moves, reductions and products.
///
/// | found | becomes |
/// |---|---|
/// | reshape of reshape, broadcast of broadcast, transpose of transpose | one of them |
/// | a move that changes nothing, or only axes of length 1 | nothing, or a reshape |
/// | reshape of a broadcast number | the broadcast number |
/// | sum over no axis, or over axes of length 1 | nothing, or a reshape |
/// | sum over the axes that a broadcast repeated | a multiple of what was broadcast |
/// | sum of sum; sum over axes that do not lie together | one sum; two |
/// | Σ (c · x) for a number c | c · Σ x |
/// | sum over the axis that elements were scattered along | the sum of the elements |
/// | elements read along an axis from f(a, b), b the same along it | f of the elements read from a and of b |
/// | matmul of a transposed matrix | matmul with a flag |
/// | a window's maximum | reading at the maximum's position, which its gradient needs too |
/// | numbers made from indices and back | the indices |
extension AlgebraicSimplification {
  func simplifiedLayout(_ node: Draft.Node, in draft: inout Draft) -> Int32? {
    let shape = draft.shapes[Int(node.shape)], input = node.first
    if node.isIndex {
      guard draft.primitive(of: node) is AsIndices, draft.primitive(of: input, as: AsNumbers.self) != nil else {
        return nil
      }
      return draft.nodes[Int(input)].first
    }
    switch draft.primitive(of: node) {
    case is StopGradient: return input
    case is Reshape: return reshape(input, to: shape, in: &draft)
    case is Broadcast: return broadcast(input, to: shape, in: &draft)
    case let transpose as Transpose: return self.transpose(input, transpose.order, shape, in: &draft)
    case let sum as Sum: return self.sum(input, sum.axes, shape, in: &draft)
    case let product as MatMul: return self.product(product, node, in: &draft)
    case let gather as GatherAlong: return gatherAlong(gather, node, in: &draft)
    case let pool as MaxPool: return maxPool(pool, input, shape, in: &draft)
    default: return nil
    }
  }

  private func reshape(_ input: Int32, to shape: Shape, in draft: inout Draft) -> Int32? {
    if draft.shape(of: input) == shape { return input }
    let inner = draft.nodes[Int(input)]
    switch draft.primitive(of: inner) {
    case is Reshape: return draft.reshaped(inner.first, to: shape)
    case is AsNumbers:
      let indices = draft.reshaped(inner.first, to: shape)
      return draft.append(AsNumbers(precision: draft.precision), [indices], shape: shape)
    case is Broadcast: return draft.nodes[Int(inner.first)].shape == 0 ? draft.broadcast(inner.first, to: shape) : nil
    default: return nil
    }
  }

  private func broadcast(_ input: Int32, to shape: Shape, in draft: inout Draft) -> Int32? {
    if draft.shape(of: input) == shape { return input }
    let inner = draft.nodes[Int(input)]
    if draft.primitive(of: inner) is Broadcast { return draft.broadcast(inner.first, to: shape) }
    // A number given axes of length 1 first.
    if draft.primitive(of: inner) is Reshape, draft.nodes[Int(inner.first)].shape == 0 {
      return draft.broadcast(inner.first, to: shape)
    }
    return nil
  }

  private func transpose(_ input: Int32, _ order: [Int], _ shape: Shape, in draft: inout Draft) -> Int32? {
    let inner = draft.nodes[Int(input)], source = draft.shape(of: input)
    let long = order.filter { source[$0] != 1 }
    if long == long.sorted() { return draft.reshaped(input, to: shape) }
    if let first = draft.primitive(of: inner) as? Transpose {
      return draft.append(Transpose(order: order.map { first.order[$0] }), [inner.first], shape: shape)
    }
    if draft.primitive(of: inner) is Broadcast, draft.nodes[Int(inner.first)].shape == 0 {
      return draft.broadcast(inner.first, to: shape)
    }
    return nil
  }

  // MARK: Sums

  private func sum(_ input: Int32, _ axes: [Int], _ shape: Shape, in draft: inout Draft) -> Int32? {
    let source = draft.shape(of: input), inner = draft.nodes[Int(input)]
    let long = axes.filter { source[$0] != 1 }
    if long.isEmpty { return draft.reshaped(input, to: shape) }
    switch draft.primitive(of: inner) {
    case is Broadcast: return sumOfBroadcast(inner.first, source, long, shape, in: &draft)
    case let first as Sum:
      let kept = draft.shape(of: inner.first).dimensions.indices.filter { !first.axes.contains($0) }
      let all = (first.axes + axes.map { kept[$0] }).sorted()
      return draft.append(Sum(axes: all), [inner.first], shape: shape)
    case is Reshape where long == (0..<source.rank).filter { source[$0] != 1 }:
      let whole = draft.shape(of: inner.first)
      guard whole.rank > 0 else { return nil }
      let total = draft.append(Sum(axes: Array(0..<whole.rank)), [inner.first], shape: .scalar)
      return draft.reshaped(total, to: shape)
    case let scatter as ScatterAddAlong where axes == [scatter.axis]:
      return draft.append(Sum(axes: axes), [inner.first], shape: shape)
    default: break
    }
    if inner.opcode == .multiply, let scaled = sumOfMultiple(inner, axes, shape, in: &draft) { return scaled }
    if inner.opcode == .negate {
      let total = draft.append(Sum(axes: axes), [inner.first], shape: shape)
      return draft.append(.negate, total)
    }
    return splitSum(input, source, long, axes, shape, in: &draft)
  }

  private func sumOfBroadcast(
    _ original: Int32, _ source: Shape, _ axes: [Int], _ shape: Shape, in draft: inout Draft
  ) -> Int32? {
    let from = draft.shape(of: original), missing = source.rank - from.rank
    guard axes.allSatisfy({ $0 < missing || from[$0 - missing] == 1 }) else { return nil }
    let count = axes.map { source[$0] }.reduce(1, *)
    // What is left of the broadcast after the repeated axes are summed away.
    let lengths = (0..<source.rank).filter { !axes.contains($0) }.map { $0 < missing ? 1 : from[$0 - missing] }
    let kept = draft.reshaped(original, to: Shape(lengths))
    let spread = Shape(lengths).elementCount == shape.elementCount ? draft.reshaped(kept, to: shape) : kept
    let full = (0..<source.rank).filter { !axes.contains($0) }.map { source[$0] }
    let value = draft.reshaped(draft.broadcast(spread, to: spread == kept ? Shape(full) : shape), to: shape)
    let factor = draft.uniform(Double(count), shape: shape)
    return draft.append(.multiply, value, factor)
  }

  private func sumOfMultiple(_ inner: Draft.Node, _ axes: [Int], _ shape: Shape, in draft: inout Draft) -> Int32? {
    let (x, c): (Int32, Double)
    if let factor = draft.uniform(inner.second) {
      (x, c) = (inner.first, factor)
    } else if let factor = draft.uniform(inner.first) {
      (x, c) = (inner.second, factor)
    } else {
      return nil
    }
    let total = draft.append(Sum(axes: axes), [x], shape: shape)
    let factor = draft.uniform(c, shape: shape)
    return draft.append(.multiply, total, factor)
  }

  /// A sum over leading and trailing axes around others that stay: rows first, then columns.
  private func splitSum(
    _ input: Int32, _ source: Shape, _ long: [Int], _ axes: [Int], _ shape: Shape, in draft: inout Draft
  ) -> Int32? {
    let axesOfLength = (0..<source.rank).filter { source[$0] != 1 }
    let isPrefix = Array(axesOfLength.prefix(long.count)) == long
    let isSuffix = Array(axesOfLength.suffix(long.count)) == long
    guard !isPrefix, !isSuffix, axesOfLength.last == long.last else { return nil }
    var trailing: [Int] = []
    for axis in axesOfLength.reversed() {
      guard long.contains(axis) else { break }
      trailing.insert(axis, at: 0)
    }
    let rows = source.reduced(over: trailing, keepingDimensions: true)
    let sums = draft.append(
      Sum(axes: trailing), [input], shape: source.reduced(over: trailing, keepingDimensions: false))
    let kept = draft.reshaped(sums, to: rows)
    let rest = axes.filter { !trailing.contains($0) }
    let total = draft.append(Sum(axes: rest), [kept], shape: rows.reduced(over: rest, keepingDimensions: false))
    return draft.reshaped(total, to: shape)
  }

  // MARK: Products and readings

  private func product(_ product: MatMul, _ node: Draft.Node, in draft: inout Draft) -> Int32? {
    let (left, right) = (untransposed(node.first, draft), untransposed(node.second, draft))
    guard left != nil || right != nil else { return nil }
    let flags = MatMul(
      transposesLeft: product.transposesLeft != (left != nil),
      transposesRight: product.transposesRight != (right != nil))
    return draft.append(flags, [left ?? node.first, right ?? node.second], shape: draft.shapes[Int(node.shape)])
  }

  /// What a node is the transpose of, if only the last two axes are exchanged.
  private func untransposed(_ id: Int32, _ draft: Draft) -> Int32? {
    guard let order = draft.primitive(of: id, as: Transpose.self)?.order, order.count >= 2 else { return nil }
    let rank = order.count
    return order == Array(0..<(rank - 2)) + [rank - 1, rank - 2] ? draft.nodes[Int(id)].first : nil
  }

  /// Elements are read from the operands of an elementwise primitive when there are fewer of them.
  private func gatherAlong(_ gather: GatherAlong, _ node: Draft.Node, in draft: inout Draft) -> Int32? {
    let source = draft.nodes[Int(node.first)], shape = draft.shapes[Int(node.shape)]
    let from = draft.shape(of: node.first)
    if draft.primitive(of: source) is Broadcast {
      return isSame(node.first, along: gather.axis, draft) ? draft.broadcast(source.first, to: shape) : nil
    }
    // Only where an operand is the same along the axis: log-probabilities and the like, whose other elements are then
    // not needed.
    guard let opcode = source.opcode, shape.elementCount * 2 <= from.elementCount,
      draft.inputs(of: source).contains(where: { isSame($0, along: gather.axis, draft) })
    else { return nil }
    let inputs = draft.inputs(of: source).map { draft.append(gather, [$0, node.second], shape: shape) }
    return draft.append(
      Draft.Node(
        kind: .operation, inputCount: source.inputCount, primitive: UInt32(opcode.rawValue), shape: node.shape,
        first: inputs[0], second: inputs.count > 1 ? inputs[1] : -1, third: inputs.count > 2 ? inputs[2] : -1))
  }

  private func isSame(_ id: Int32, along axis: Int, _ draft: Draft) -> Bool {
    guard draft.primitive(of: id, as: Broadcast.self) != nil else { return false }
    let original = draft.shape(of: draft.nodes[Int(id)].first), missing = draft.shape(of: id).rank - original.rank
    return axis < missing || original[axis - missing] == 1
  }

  private func maxPool(_ pool: MaxPool, _ input: Int32, _ shape: Shape, in draft: inout Draft) -> Int32? {
    let source = draft.shape(of: input)
    let planes: Shape = [source[0] * source[1], source[2] * source[3]]
    let results: Shape = [shape[0] * shape[1], shape[2] * shape[3]]
    let winners = draft.append(pool.winners, [input], shape: results, isIndex: true)
    let rows = draft.reshaped(input, to: planes)
    let values = draft.append(GatherAlong(axis: 1), [rows, winners], shape: results)
    return draft.reshaped(values, to: shape)
  }
}
