extension Graph {
  /// Turns recorded nodes into a program.
  ///
  /// - Parameters:
  ///   - inputs: nodes made by `graph.input`, in the order in which `run` is given their values.
  ///   - outputs: nodes whose values `run` returns, in this order.
  ///   - updates: parameters (or inputs that a run is not given, as state) and the nodes that renew them at the end of
  ///     every run; all are computed from the values before the run. Updates registered with `graph.update(_:to:)`
  ///     belong to the program too; where they train, and nothing else is renewed, the options must say so.
  ///   - memoryLimit: the most bytes that a run may need, parameters, inputs and outputs included. What does not fit is
  ///     computed again, with the same bits; see `Program.memoryUse`.
  ///
  /// Inputs that are not listed have the value that they are assigned in the graph, also after compiling.
  /// - Throws: the first mistake among the nodes; an input that is neither listed nor has a value; registered updates
  ///   of parameters to train of which the options say nothing; a limit that cannot be kept, with the least that can.
  public func compile(
    inputs: [Node], outputs: [Node], updates: KeyValuePairs<Node, Node> = [:],
    options: CompileOptions = CompileOptions(), memoryLimit: Int? = nil
  ) throws -> Program {
    try compile(
      inputs: inputs, outputs: outputs, updates: updates.map { ($0.key, $0.value) }, options: options,
      memoryLimit: memoryLimit)
  }

  /// The same with updates in an array, as optimizers outside a training make them.
  /// - Throws: the first mistake among the nodes; as the other one.
  public func compile(
    inputs: [Node], outputs: [Node], updates: [(state: Node, next: Node)],
    options: CompileOptions = CompileOptions(), memoryLimit: Int? = nil
  ) throws -> Program {
    var options = options
    options.memoryLimit = memoryLimit ?? options.memoryLimit
    let capture = try captured(inputs: inputs, outputs: outputs, updates: updates, options: options)
    return try Program(compiling: StoredProgram(capture.graph, capture.leaves, options))
  }

  /// What outputs and updates are computed from, the registered updates among them where the options say so.
  func captured(
    inputs: [Node], outputs: [Node], updates: [(state: Node, next: Node)], options: CompileOptions
  ) throws -> Capture {
    var pairs = updates.map { ($0.state, $0.next) }
    if pairs.isEmpty, options.includesRegisteredUpdates == nil { try refuseSilentTraining() }
    if options.includesRegisteredUpdates != false {
      let renewed = Set(pairs.map(\.0))
      pairs += self.updates.filter { !renewed.contains($0.state) }.map { ($0.state, $0.next) }
    }
    return try Capture(self, inputs: inputs, outputs: outputs, updates: pairs)
  }

  /// A program made for a prediction must not train because an update was registered before.
  private func refuseSilentTraining() throws {
    let trained = updates.first { update in
      parameterLeaves.contains { $0.id == update.state.id && $0.parameter.isTrainable }
    }
    guard let trained else { return }
    throw ChainRuleError(
      .value, in: "compile", required: "to be told whether the program trains",
      got: "an update of \(name(of: trained.state.id)) that is registered in the graph",
      hint: "Say CompileOptions(includesRegisteredUpdates: true) for a training step, false for a prediction.")
  }
}

extension Program {
  /// All of compiling behind the capture.
  convenience init(compiling source: StoredProgram) throws {
    let options = source.options
    var graph = source.graph
    graph.simplify(options.passes)
    if options.weights == .int8 { try QuantizedWeights.apply(to: &graph, source.leaves) }
    if let blocked = RowBlocks.apply(to: graph, options: options) { graph = blocked }
    if let leaner = Rematerialization.apply(to: graph, options: options) { graph = leaner }
    try self.init(graph, source)
  }

  /// The last part of compiling: a simplified program graph is planned and becomes steps.
  convenience init(_ graph: ProgramGraph, _ source: StoredProgram) throws {
    let (leaves, options) = (source.leaves, source.options)
    let code =
      try options.memoryLimit.map {
        try MemoryLimit(graph, leaves, options).code(within: $0)
      } ?? Assembler.assemble(graph, bases: BaseTable(graph, leaves), passes: options.passes)
    try self.init(code, graph, source)
  }
}
