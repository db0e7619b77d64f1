import ChainRule

extension Lesson {
  /// The lesson in a graph of its own: its result, and its inputs and assigned names.
  func record() throws -> (f: Node, names: [String: Node]) {
    let graph = Graph()
    var inputs: [String: Node] = [:]
    for (name, text) in self.inputs { inputs[name] = graph.input(name, try Tensor(literal: text)) }
    for (name, text) in constants { inputs[name] = graph.constant(try Tensor(literal: text)).named(name) }
    let (f, names) = try Expression(expression).recordNaming(in: graph, inputs: inputs)
    return (f, names)
  }

  /// Every number of the lesson, to be drawn.
  func explanation() throws -> Explanation { try record().f.explain() }
}
