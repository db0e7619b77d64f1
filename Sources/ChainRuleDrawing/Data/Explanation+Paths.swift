extension Explanation {
  /// How many ways lead from the output back to `node`; counted, not listed, since they can be very many.
  public func pathCount(to node: Int) -> Double {
    guard nodes.indices.contains(node) else { return 0 }
    var count = [Double](repeating: 0, count: nodes.count)
    count[output] = 1
    for edge in backwardEdges { count[edge.node] += count[edge.consumer] }
    return count[node]
  }

  /// Every path from the output back to the node of that id, with its product: what it contributes to the gradient.
  ///
  /// The products of all paths sum to the gradient. At most `limit` paths are listed, in the order of the backward
  /// pass. Where a linear map lies on a path its product is nil unless the paths were recorded by `explain(paths:)`.
  public func paths(fromID node: Int, limit: Int = 256) -> [ExplainedPath] {
    let recorded = paths.filter { $0.nodes.last == node }
    guard recorded.isEmpty, nodes.indices.contains(node) else { return recorded }
    var reaches = [Bool](repeating: false, count: nodes.count)
    reaches[node] = true
    let backward = backwardEdges
    for edge in backward.reversed() where reaches[edge.node] { reaches[edge.consumer] = true }
    var into = [[ExplainedEdge]](repeating: [], count: nodes.count)
    for edge in backward where reaches[edge.node] { into[edge.consumer].append(edge) }

    var found: [ExplainedPath] = []
    var open: [(nodes: [Int], edges: [Int])] = reaches[output] ? [([output], [])] : []
    while let path = open.popLast(), found.count < limit {
      guard let end = path.nodes.last else { continue }
      if end == node {
        found.append(ExplainedPath(nodes: path.nodes, edges: path.edges, product: product(along: path.edges)))
      } else {
        for edge in into[end].reversed() { open.append((path.nodes + [edge.node], path.edges + [edge.id])) }
      }
    }
    return found
  }

  /// The seed multiplied by the factors of `path` one after the other, where each is a factor of the same shape.
  func product(along path: [Int]) -> ExplainedValue? {
    guard var product = nodes[output].gradient.value, product.summary == nil else { return nil }
    for id in path {
      guard let factor = edges[id].factor, factor.summary == nil,
        factor.shape == product.shape || factor.scalars.count == 1,
        nodes[edges[id].node].shape == product.shape
      else { return nil }
      for index in product.scalars.indices {
        product.scalars[index] *= factor.scalars.count == 1 ? factor.scalars[0] : factor.scalars[index]
      }
    }
    return product
  }

  /// Edges that carry a gradient, consumers before what they consume.
  var backwardEdges: [ExplainedEdge] {
    edges.filter(\.carriesGradient).sorted { ($0.consumer, $1.position) > ($1.consumer, $0.position) }
  }
}
