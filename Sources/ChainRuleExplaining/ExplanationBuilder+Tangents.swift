import ChainRuleCore
import ChainRuleDrawing

extension ExplanationBuilder {
  /// Forward mode along the given directions, beside the gradients.
  mutating func addTangents(_ directions: [(Node, Tensor)]) throws {
    guard !directions.isEmpty else { return }
    let tangents = try graph.tangents(upTo: output, along: directions.map { ($0, graph.constant($1)) })
    for (id, record) in recorded.enumerated() {
      let tangent = tangents[Int(record)]
      if tangent >= 0 {
        explanation.nodes[id].tangent = try value(of: graph.node(tangent), shownAs: record)
      } else if explanation.nodes[id].kind != .constant {
        // Mathematics has it that what does not move has tangent zero.
        let shape = explanation.nodes[id].shape
        explanation.nodes[id].tangent = ExplainedValue(
          shape: shape, scalars: [Double](repeating: 0, count: shape.reduce(1, *)), limit: elementLimit)
      }
    }
  }

  /// Writes small local gradients out: one row for every element of the consumer, one column for every element of
  /// the input.
  mutating func addJacobians() throws {
    for edge in explanation.edges where edge.carriesGradient {
      let consumer = graph.node(recorded[edge.consumer]), input = graph.node(recorded[edge.node])
      let (rows, columns) = (consumer.shape.elementCount, input.shape.elementCount)
      guard rows > 0, columns > 0, rows * columns <= elementLimit, rows * columns > 1 else { continue }
      var scalars: [Double] = []
      switch localGradient(of: consumer, edge.position) {
      case .factor(let factor):
        let diagonal = try factor.broadcast(to: consumer.shape).value().scalars
        for row in 0..<rows { for column in 0..<columns { scalars.append(row == column ? diagonal[row] : 0) } }
      case .linear(_, let transpose):
        for row in 0..<rows { scalars += try transpose(graph.unit(row, shape: consumer.shape)).value().scalars }
      case .some(.none), nil: continue  // no gradient flows
      }
      explanation.edges[edge.id].jacobian = ExplainedValue(
        shape: [rows, columns], scalars: scalars, limit: elementLimit)
    }
  }
}
