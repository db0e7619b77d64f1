/// Nodes that are recorded once and run many times: outputs are computed from new inputs, then leaves are renewed.
final class Recording {
  private let graph: Graph?
  private let inputs: [Node], outputs: [Node]
  private let updates: [(state: Node, next: Node)]

  init(inputs: [Node], outputs: [Node], updates: [(state: Node, next: Node)]) throws {
    (self.inputs, self.outputs, self.updates) = (inputs, outputs, updates)
    graph = (inputs + outputs + updates.map(\.next)).first?.graph
  }

  func run(_ values: [Tensor]) throws -> [Tensor] {
    guard let graph else { return [] }
    for (input, value) in zip(inputs, values) { input.assign(value) }
    let results = try graph.evaluate(outputs)
    let next = try graph.evaluate(updates.map(\.next))
    for (update, value) in zip(updates, next) { update.state.assign(value) }
    return results
  }
}
