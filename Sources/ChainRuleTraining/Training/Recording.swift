import ChainRuleCore

/// Nodes that are recorded once and run many times, as one program: outputs are computed from new inputs, then leaves
/// are renewed.
final class Recording {
  private let program: any EngineProgram

  /// Compiles what was recorded in a graph.
  /// - Parameters:
  ///   - threads: how many a run may use; as many as there are processors by default.
  ///   - engine: what runs it; its devices share the first axis of the inputs.
  ///   - memoryLimit: the most bytes that a run may need.
  init(
    _ graph: Graph, inputs: [Node], outputs: [Node], updates: [(state: Node, next: Node)], threads: Int? = nil,
    engine: any Engine = BuiltInEngine(), memoryLimit: Int? = nil
  ) throws {
    for update in updates { try graph.update(update.state, to: update.next) }
    program = try engine.compile(
      ProgramRequest(
        graph, inputs: inputs, outputs: outputs,
        options: CompileOptions(includesRegisteredUpdates: true, memoryLimit: memoryLimit), isBatched: true,
        threads: threads))
  }

  /// The outputs, each in memory of its own.
  func run(_ values: [Tensor]) throws -> [Tensor] { try program.run(values) }
}
