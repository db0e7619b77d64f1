import ChainRuleCore
import ChainRuleDrawing

extension Node {
  /// Every number of this node's value and of its gradients: what was multiplied, and what was summed.
  ///
  /// ```swift
  /// let graph = Graph()
  /// let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
  /// let explanation = try ((x + y) * z).explain()
  /// print(explanation.text())
  /// ```
  ///
  /// What it records on the way is dropped again; the graph does not grow.
  ///
  /// - Parameters:
  ///   - title: what the pictures are headed with; by default the expression.
  ///   - upstream: the gradient of something later with respect to this node, of its shape. A single number needs
  ///     none (it is 1); for more elements it is 1 for each of them, as if they were summed, and a note says so.
  ///   - inputs: the nodes whose gradients are wanted; `nil` for all.
  ///   - paths: nodes to list every path to, each with its product.
  ///   - tangents: directions of forward mode, whose tangents stand beside the gradients.
  ///   - jacobians: also writes each small local gradient out as a matrix.
  ///   - elements: tensors with more elements than this are summarized.
  /// - Throws: the first mistake on the way to this node, as `value()` does.
  public func explain(
    title: String? = nil, upstream: Node? = nil, withRespectTo inputs: [Node]? = nil, paths: [Node] = [],
    tangents: [(Node, Tensor)] = [], jacobians: Bool = false, elements: Int = 64
  ) throws -> Explanation {
    _ = try graph.resolve(self)
    return try graph.scope { () throws -> Explanation in
      var builder = try ExplanationBuilder(explaining: self, upstream: upstream, wanted: inputs, elements: elements)
      try builder.addTangents(tangents)
      if jacobians { try builder.addJacobians() }
      try builder.addArithmetic()
      try builder.addPaths(to: paths)
      if let title { builder.explanation.title = title }
      return builder.explanation
    }
  }
}

extension Explanation {
  /// Every path from the output back to `node`, with its product: what it contributes to the gradient.
  public func paths(from node: Node, limit: Int = 256) -> [ExplainedPath] {
    guard let id = nodes.first(where: { $0.recorded == node.index })?.id else { return [] }
    return paths(fromID: id, limit: limit)
  }
}
