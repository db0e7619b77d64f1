import ChainRuleCore

/// Nodes that are recorded once and run many times, as one program: outputs are computed from new inputs, then leaves
/// are renewed.
final class Recording {
  private let program: Program

  /// Compiles what was recorded in a graph.
  /// - Parameter threads: how many a run may use; as many as there are processors by default.
  init(
    _ graph: Graph, inputs: [Node], outputs: [Node], updates: [(state: Node, next: Node)], threads: Int?
  ) throws {
    for update in updates { try graph.update(update.state, to: update.next) }
    program = try graph.compile(
      inputs: inputs, outputs: outputs, options: CompileOptions(includesRegisteredUpdates: true))
    if let threads { program.threads = threads }
  }

  /// The outputs, each in memory of its own.
  func run(_ values: [Tensor]) throws -> [Tensor] { try program.run(values) }
}
