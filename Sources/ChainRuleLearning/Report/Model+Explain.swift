import ChainRule

extension Model {
  /// Explains a node that was recorded with this model, usually its loss: parameters are called by their paths
  /// (`hidden.weight`), and pictures fold the model into its modules.
  ///
  /// ```swift
  /// let graph = Graph()
  /// let loss = softmaxCrossEntropy(model(graph.input("pixels", pixels)), graph.input("digit", Tensor(indices: [3])))
  /// try Data(model.explain(loss).html().utf8).write(to: url)
  /// ```
  ///
  /// Parameters that have no name of their own are given their path as their name.
  /// - Throws: as `Node.explain`.
  public func explain(_ node: Node, title: String? = nil, elements: Int = 64) throws -> Explanation {
    for found in parameters where found.parameter.name.isEmpty { found.parameter.name = found.path }
    return try node.explain(title: title, elements: elements)
  }
}
