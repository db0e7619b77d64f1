/// Nodes that are recorded once and run many times, as one program: outputs are computed from new inputs, then leaves
/// are renewed.
final class Recording {
  private let program: Program?

  init(inputs: [Node], outputs: [Node], updates: [(state: Node, next: Node)]) throws {
    guard let graph = (inputs + outputs + updates.map(\.next)).first?.graph else {
      program = nil
      return
    }
    for update in updates { try graph.update(update.state, to: update.next) }
    program = try graph.compile(inputs: inputs, outputs: outputs)
  }

  /// The outputs, each in memory of its own.
  func run(_ values: [Tensor]) throws -> [Tensor] { try program?.run(values) ?? [] }
}
