/// Gradients that are zero but for some rows: what a table's gradient is where the table is only read at indices.
package struct RowSparse {
  /// Rows that are added, `[count, …]`, and where: indices `[count]`, which may repeat.
  package let values: Node, indices: Node

  /// Each row once: where an index repeats, its rows are added up at its first place and are 0 at the others.
  /// - Returns: the sums `[count, …]`, and `[count, 1, …]` that is 1 at first places and 0 at others.
  package func summedRepeats() -> (sums: Node, isFirst: Node) {
    let graph = values.graph, count = indices.shape[0]
    let whole = indices.elementType == .int32 ? indices : graph.record(AsIndices(reader: "optimizer"), [indices])
    let places = graph.record(FirstOfRepeats(), [whole])
    let numbers = graph.constant(Tensor(shape: [count], (0..<count).map(Double.init)))
    let isFirst = equal(places, numbers).reshaped(
      to: Shape([count] + [Int](repeating: 1, count: values.shape.rank - 1)))
    return (values.segmentSum(places, count: count), isFirst)
  }
}

extension Node {
  /// The rows `[count, …]` at indices `[count]` of zeros with so many rows.
  package func scattered(at indices: Node, rows: Int) -> Node { segmentSum(indices, count: rows) }

  /// The rows that a node consists of, if it is made of rows at indices of its first axis and of nothing else: sums and
  /// multiples of what reading at indices leaves as a gradient. `nil` for any other node.
  package var rowSparse: RowSparse? {
    guard error == nil, shape.rank > 0 else { return nil }
    var terms: [(values: Node, indices: Node)] = []
    var open: [(node: Node, scale: (Node) -> Node)] = [(self, { $0 })]
    var seen = 0
    while let (node, scale) = open.popLast() {
      seen += 1
      guard seen <= 64, node.shape == shape, graph.isOperation(node.id) else { return nil }
      let inputs = graph.inputs(of: node.id).map { graph.node($0) }
      if let opcode = graph.tabulatedOpcode(of: node.id) {
        guard let next = Self.terms(opcode, inputs, scale) else { return nil }
        open += next
      } else if let scatter = graph.primitive(of: node.id) as? ScatterAdd, scatter.axis == 0 {
        let count = inputs[1].shape.elementCount
        let rows = inputs[0].reshaped(to: Shape([count] + shape.dimensions.dropFirst()))
        terms.append((scale(rows), inputs[1].reshaped(to: [count])))
      } else {
        return nil
      }
    }
    guard let first = terms.first else { return nil }
    if terms.count == 1 { return RowSparse(values: first.values, indices: first.indices) }
    return RowSparse(
      values: concatenate(terms.map(\.values)), indices: concatenate(terms.map(\.indices)))
  }

  /// What a sum or a multiple is made of; `nil` where it is neither.
  private static func terms(
    _ opcode: Opcode, _ inputs: [Node], _ scale: @escaping (Node) -> Node
  ) -> [(node: Node, scale: (Node) -> Node)]? {
    switch opcode {
    case .add: return [(inputs[0], scale), (inputs[1], scale)]
    case .subtract: return [(inputs[0], scale), (inputs[1], { scale(-$0) })]
    case .negate: return [(inputs[0], { scale(-$0) })]
    case .multiply:
      if let number = number(inputs[1]) { return [(inputs[0], { scale($0 * number) })] }
      return number(inputs[0]).map { number in [(inputs[1], { scale(number * $0) })] }
    case .divide: return number(inputs[1]).map { number in [(inputs[0], { scale($0 / number) })] }
    default: return nil
    }
  }

  /// The single number that a node repeats.
  private static func number(_ node: Node) -> Node? {
    guard node.graph.isBroadcast(node.id), let input = node.graph.inputs(of: node.id).first else { return nil }
    let source = node.graph.node(input)
    return source.shape.elementCount == 1 ? source.reshaped(to: .scalar) : nil
  }
}
