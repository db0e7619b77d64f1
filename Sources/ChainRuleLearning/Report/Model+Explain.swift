import ChainRule
import ChainRuleTraining

extension Parameterized {
  /// Explains a node that was recorded with this model, usually its loss: parameters are called by their paths
  /// (`hidden.weight`), and pictures fold the model into its modules.
  ///
  /// ```swift
  /// let graph = Graph()
  /// let loss = softmaxCrossEntropy(model(graph.input("pixels", pixels)), graph.input("digit", Tensor(indices: [3])))
  /// try Data(model.explain(loss).html().utf8).write(to: url)
  /// ```
  ///
  /// A parameter with a name of its own is called by that. The model is left as it is; the graph keeps the paths.
  /// - Throws: as `Node.explain`.
  public func explain(_ node: Node, title: String? = nil, elements: Int = 64) throws -> Explanation {
    let recorded = Set(node.graph.parameters.map { ObjectIdentifier($0) })
    for found in parameters where found.parameter.name.isEmpty && recorded.contains(ObjectIdentifier(found.parameter)) {
      let leaf = node.graph.parameter(found.parameter)
      if leaf.label == nil { leaf.named(found.path) }
    }
    return try node.explain(title: title, elements: elements)
  }
}
