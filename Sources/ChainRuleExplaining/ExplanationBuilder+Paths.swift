import ChainRuleCore
import ChainRuleDrawing

extension ExplanationBuilder {
  /// Records the paths to the wanted nodes. In a small graph of tensors it does so for every leaf, since only the
  /// graph can push an upstream through a linear map.
  mutating func addPaths(to wanted: [Node]) throws {
    var targets = try wanted.compactMap { explainedID[try graph.resolve($0)] }
    explanation.pathTargets = targets
    let isScalar = explanation.nodes.allSatisfy { $0.isScalar }
    if targets.isEmpty, !isScalar, explanation.nodes.count <= 120 {
      targets = explanation.nodes.filter { node in
        node.isLeaf && node.gradient.value != nil && explanation.pathCount(to: node.id) <= 8
      }.map(\.id)
    }
    for target in targets {
      let count = explanation.pathCount(to: target)
      let listed = explanation.paths(fromID: target, limit: 256)
      if count > Double(listed.count) {
        explanation.notes.append(
          "\(NumberText.short(count)) paths lead to \(explanation.nodes[target].symbol); "
            + "the first \(listed.count) are listed."
        )
      }
      for path in listed {
        explanation.paths.append(
          ExplainedPath(nodes: path.nodes, edges: path.edges, product: try path.product ?? product(along: path)))
      }
    }
  }

  private mutating func product(along path: ExplainedPath) throws -> ExplainedValue? {
    guard var product = gradients[output] else { return nil }
    for id in path.edges {
      let consumer = graph.node(recorded[explanation.edges[id].consumer])
      switch localGradient(of: consumer, explanation.edges[id].position) {
      case .factor(let factor): product = product.reshaped(to: consumer.shape) * factor
      case .linear(_, let transpose): product = transpose(product.reshaped(to: consumer.shape))
      case .some(.none), nil: return nil  // no gradient flows
      }
    }
    return try value(of: product, shownAs: path.nodes.last.map { recorded[$0] })
  }
}
