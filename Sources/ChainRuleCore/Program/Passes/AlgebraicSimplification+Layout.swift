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
/// | elements scattered along an axis, times a mask that is the same along it | the elements times the mask, scattered |
/// | elements read along an axis from f(a, b), b the same along it | f of the elements read from a and of b |
/// | matmul of a transposed matrix | matmul with a flag |
/// | a window's maximum | reading at the maximum's position, which its gradient needs too |
/// | numbers made from indices and back | the indices |
extension AlgebraicSimplification {
  func simplifiedLayout(_ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    let shape = graph.shapes[Int(node.shape)], input = graph.input(of: node)
    if node.isIndex {
      guard graph.primitive(of: node) is AsIndices, graph.primitive(of: input, as: AsNumbers.self) != nil else {
        return nil
      }
      return graph.input(of: input)
    }
    switch graph.primitive(of: node) {
    case is StopGradient: return input
    case is Reshape: return reshape(input, to: shape, in: &graph)
    case is Broadcast: return broadcast(input, to: shape, in: &graph)
    case let transpose as Transpose: return self.transpose(input, transpose.order, shape, in: &graph)
    case let sum as Sum: return self.sum(input, sum.axes, shape, in: &graph)
    case let product as MatMul: return self.product(product, node, in: &graph)
    case let gather as GatherAlong: return gatherAlong(gather, node, in: &graph)
    case let pool as MaxPool: return maxPool(pool, input, shape, in: &graph)
    default: return nil
    }
  }

  private func reshape(_ input: Int32, to shape: Shape, in graph: inout ProgramGraph) -> Int32? {
    if graph.shape(of: input) == shape { return input }
    let inner = graph.nodes[Int(input)]
    switch graph.primitive(of: inner) {
    case is Reshape: return graph.reshaped(graph.input(of: inner), to: shape)
    case is AsNumbers:
      let indices = graph.reshaped(graph.input(of: inner), to: shape)
      return graph.append(AsNumbers(precision: graph.precision), [indices], shape: shape)
    case is Broadcast:
      return graph.nodes[Int(graph.input(of: inner))].shape == 0
        ? graph.broadcast(graph.input(of: inner), to: shape) : nil
    default: return nil
    }
  }

  private func broadcast(_ input: Int32, to shape: Shape, in graph: inout ProgramGraph) -> Int32? {
    if graph.shape(of: input) == shape { return input }
    let inner = graph.nodes[Int(input)]
    if graph.primitive(of: inner) is Broadcast { return graph.broadcast(graph.input(of: inner), to: shape) }
    // A number given axes of length 1 first.
    if graph.primitive(of: inner) is Reshape, graph.nodes[Int(graph.input(of: inner))].shape == 0 {
      return graph.broadcast(graph.input(of: inner), to: shape)
    }
    return nil
  }

  private func transpose(_ input: Int32, _ order: [Int], _ shape: Shape, in graph: inout ProgramGraph) -> Int32? {
    let inner = graph.nodes[Int(input)], source = graph.shape(of: input)
    let long = order.filter { source[$0] != 1 }
    if long == long.sorted() { return graph.reshaped(input, to: shape) }
    if let first = graph.primitive(of: inner) as? Transpose {
      return graph.append(Transpose(order: order.map { first.order[$0] }), [graph.input(of: inner)], shape: shape)
    }
    if graph.primitive(of: inner) is Broadcast, graph.nodes[Int(graph.input(of: inner))].shape == 0 {
      return graph.broadcast(graph.input(of: inner), to: shape)
    }
    return nil
  }

  // MARK: Sums

  private func sum(_ input: Int32, _ axes: [Int], _ shape: Shape, in graph: inout ProgramGraph) -> Int32? {
    let source = graph.shape(of: input), inner = graph.nodes[Int(input)]
    let long = axes.filter { source[$0] != 1 }
    if long.isEmpty { return graph.reshaped(input, to: shape) }
    switch graph.primitive(of: inner) {
    case is Broadcast: return sumOfBroadcast(graph.input(of: inner), source, long, shape, in: &graph)
    case let first as Sum:
      let kept = graph.shape(of: graph.input(of: inner)).dimensions.indices.filter { !first.axes.contains($0) }
      let all = (first.axes + axes.map { kept[$0] }).sorted()
      return graph.append(Sum(axes: all), [graph.input(of: inner)], shape: shape)
    case is Reshape where long == (0..<source.rank).filter { source[$0] != 1 }:
      let whole = graph.shape(of: graph.input(of: inner))
      guard whole.rank > 0 else { return nil }
      let total = graph.append(Sum(axes: Array(0..<whole.rank)), [graph.input(of: inner)], shape: .scalar)
      return graph.reshaped(total, to: shape)
    case let scatter as ScatterAddAlong where axes == [scatter.axis]:
      return graph.append(Sum(axes: axes), [graph.input(of: inner)], shape: shape)
    default: break
    }
    if inner.opcode == .multiply, let scaled = sumOfMultiple(inner, axes, shape, in: &graph) { return scaled }
    if inner.opcode == .negate {
      let total = graph.append(Sum(axes: axes), [graph.input(of: inner)], shape: shape)
      return graph.append(.negate, total)
    }
    return splitSum(input, source, long, axes, shape, in: &graph)
  }

  private func sumOfBroadcast(
    _ original: Int32, _ source: Shape, _ axes: [Int], _ shape: Shape, in graph: inout ProgramGraph
  ) -> Int32? {
    let from = graph.shape(of: original), missing = source.rank - from.rank
    guard axes.allSatisfy({ $0 < missing || from[$0 - missing] == 1 }) else { return nil }
    let count = axes.map { source[$0] }.reduce(1, *)
    // What is left of the broadcast after the repeated axes are summed away.
    let lengths = (0..<source.rank).filter { !axes.contains($0) }.map { $0 < missing ? 1 : from[$0 - missing] }
    let kept = graph.reshaped(original, to: Shape(lengths))
    let spread = Shape(lengths).elementCount == shape.elementCount ? graph.reshaped(kept, to: shape) : kept
    let full = (0..<source.rank).filter { !axes.contains($0) }.map { source[$0] }
    let value = graph.reshaped(graph.broadcast(spread, to: spread == kept ? Shape(full) : shape), to: shape)
    let factor = graph.uniform(Double(count), shape: shape)
    return graph.append(.multiply, value, factor)
  }

  private func sumOfMultiple(_ inner: ProgramGraph.Node, _ axes: [Int], _ shape: Shape, in graph: inout ProgramGraph)
    -> Int32?
  {
    let (x, c): (Int32, Double)
    if let factor = graph.uniform(graph.input(1, of: inner)) {
      (x, c) = (graph.input(of: inner), factor)
    } else if let factor = graph.uniform(graph.input(of: inner)) {
      (x, c) = (graph.input(1, of: inner), factor)
    } else {
      return nil
    }
    let total = graph.append(Sum(axes: axes), [x], shape: shape)
    let factor = graph.uniform(c, shape: shape)
    return graph.append(.multiply, total, factor)
  }

  /// A sum over leading and trailing axes around others that stay: rows first, then columns.
  private func splitSum(
    _ input: Int32, _ source: Shape, _ long: [Int], _ axes: [Int], _ shape: Shape, in graph: inout ProgramGraph
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
    let sums = graph.append(
      Sum(axes: trailing), [input], shape: source.reduced(over: trailing, keepingDimensions: false))
    let kept = graph.reshaped(sums, to: rows)
    let rest = axes.filter { !trailing.contains($0) }
    let total = graph.append(Sum(axes: rest), [kept], shape: rows.reduced(over: rest, keepingDimensions: false))
    return graph.reshaped(total, to: shape)
  }

  // MARK: Products and readings

  private func product(_ product: MatMul, _ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    let (left, right) = (untransposed(graph.input(of: node), graph), untransposed(graph.input(1, of: node), graph))
    guard left != nil || right != nil else { return nil }
    let flags = MatMul(
      transposesLeft: product.transposesLeft != (left != nil),
      transposesRight: product.transposesRight != (right != nil))
    return graph.append(
      flags, [left ?? graph.input(of: node), right ?? graph.input(1, of: node)], shape: graph.shapes[Int(node.shape)])
  }

  /// What a node is the transpose of, if only the last two axes are exchanged.
  private func untransposed(_ id: Int32, _ graph: ProgramGraph) -> Int32? {
    guard let order = graph.primitive(of: id, as: Transpose.self)?.order, order.count >= 2 else { return nil }
    let rank = order.count
    return order == Array(0..<(rank - 2)) + [rank - 1, rank - 2] ? graph.input(of: id) : nil
  }

  /// Elements are read from the operands of an elementwise primitive when there are fewer of them.
  private func gatherAlong(_ gather: GatherAlong, _ node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    let source = graph.nodes[Int(graph.input(of: node))], shape = graph.shapes[Int(node.shape)]
    let from = graph.shape(of: graph.input(of: node))
    if graph.primitive(of: source) is Broadcast {
      return isSame(graph.input(of: node), along: gather.axis, graph)
        ? graph.broadcast(graph.input(of: source), to: shape) : nil
    }
    // Only where an operand is the same along the axis: log-probabilities and the like, whose other elements are then
    // not needed.
    guard let opcode = source.opcode, shape.elementCount * 2 <= from.elementCount,
      graph.inputs(of: source).contains(where: { isSame($0, along: gather.axis, graph) })
    else { return nil }
    let inputs = graph.inputs(of: source).map { graph.append(gather, [$0, graph.input(1, of: node)], shape: shape) }
    return graph.append(opcode, inputs)
  }

  /// A product of scattered elements and a mask of their rows: what stands between them is 0 either way, since a mask is
  /// finite.
  func maskedScatter(_ scattered: Int32, _ mask: Int32, in graph: inout ProgramGraph) -> Int32? {
    guard let scatter = graph.primitive(of: scattered, as: ScatterAddAlong.self),
      isMask(mask, along: scatter.axis, graph)
    else { return nil }
    let values = graph.input(of: scattered), indices = graph.input(1, of: scattered)
    let shape = graph.shape(of: values)
    let factor = graph.append(GatherAlong(axis: scatter.axis), [mask, indices], shape: shape)
    let kept = graph.append(.multiply, values, factor)
    return graph.append(scatter, [kept, indices], shape: graph.shape(of: scattered))
  }

  /// Whether all elements are 0 or 1 by what computes them, and the same along an axis.
  private func isMask(_ id: Int32, along axis: Int, _ graph: ProgramGraph) -> Bool {
    let node = graph.nodes[Int(id)]
    switch node.opcode {
    case .equal?, .less?, .greater?: return graph.inputs(of: node).allSatisfy { isSame($0, along: axis, graph) }
    case .subtract?:
      return graph.uniform(graph.input(of: node)) == 1 && isMask(graph.input(1, of: node), along: axis, graph)
    default: return false
    }
  }

  private func isSame(_ id: Int32, along axis: Int, _ graph: ProgramGraph) -> Bool {
    guard graph.primitive(of: id, as: Broadcast.self) != nil else { return false }
    let original = graph.shape(of: graph.input(of: id)), missing = graph.shape(of: id).rank - original.rank
    return axis < missing || original[axis - missing] == 1
  }

  private func maxPool(_ pool: MaxPool, _ input: Int32, _ shape: Shape, in graph: inout ProgramGraph) -> Int32? {
    let source = graph.shape(of: input)
    let planes: Shape = [source[0] * source[1], source[2] * source[3]]
    let results: Shape = [shape[0] * shape[1], shape[2] * shape[3]]
    let winners = graph.append(pool.winners, [input], shape: results, isIndex: true)
    let rows = graph.reshaped(input, to: planes)
    let values = graph.append(GatherAlong(axis: 1), [rows, winners], shape: results)
    return graph.reshaped(values, to: shape)
  }
}
