extension Graph {
  /// Turns recorded nodes into a program.
  ///
  /// - Parameters:
  ///   - inputs: nodes made by `graph.input`, in the order in which `run` is given their values.
  ///   - outputs: nodes whose values `run` returns, in this order.
  ///   - updates: parameters (or inputs that a run is not given, as state) and the nodes that renew them at the end of
  ///     every run; all are computed from the values before the run. Updates registered with `graph.update(_:to:)`
  ///     belong to the program too; where they train, and nothing else is renewed, the options must say so.
  ///
  /// Inputs that are not listed have the value that they are assigned in the graph, also after compiling.
  /// - Throws: the first mistake among the nodes; an input that is neither listed nor has a value; registered updates
  ///   of parameters to train of which the options say nothing.
  public func compile(
    inputs: [Node], outputs: [Node], updates: KeyValuePairs<Node, Node> = [:],
    options: CompileOptions = CompileOptions()
  ) throws -> Program {
    try compile(inputs: inputs, outputs: outputs, updates: updates.map { ($0.key, $0.value) }, options: options)
  }

  /// The same with updates in an array, as optimizers outside a training make them.
  /// - Throws: the first mistake among the nodes; as the other one.
  public func compile(
    inputs: [Node], outputs: [Node], updates: [(state: Node, next: Node)],
    options: CompileOptions = CompileOptions()
  ) throws -> Program {
    let capture = try captured(inputs: inputs, outputs: outputs, updates: updates, options: options)
    var graph = capture.graph
    graph.simplify(options.passes)
    if options.weights == .int8 { try QuantizedWeights.apply(to: &graph, capture.leaves) }
    if let blocked = RowBlocks.apply(to: graph, options: options) { graph = blocked }
    if let leaner = Rematerialization.apply(to: graph, options: options) { graph = leaner }
    return try Program(graph, capture.leaves, passes: options.passes)
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
  /// The last part of compiling: a simplified program graph is planned and becomes steps.
  convenience init(_ graph: ProgramGraph, _ leaves: ProgramLeaves, passes: CompileOptions.Passes) throws {
    let bases = BaseTable(
      inputs: leaves.inputs.count, parameters: leaves.parameters.count, states: leaves.states.count,
      constants: graph.constants.count, outputs: graph.outputs.count)
    try self.init(Assembler.assemble(graph, bases: bases, passes: passes), leaves, graph)
  }
}
