import ChainRuleCore

/// An optimizer at work on parameters of one's choice, for training loops of one's own: it makes the update of a loss
/// part of a program, or applies gradients that come from elsewhere. What it remembers between steps is its own, so
/// that two of them can train two halves of one graph.
///
/// ```swift
/// let optimizer = try Adam(learningRate: 1e-3).stepper(for: [w, b])
/// let step = try graph.compile(inputs: [x, y], outputs: [loss], updates: optimizer.updates(of: loss))
/// for batch in batches { print(try step.run([batch.inputs, batch.targets])[0]) }
/// ```
public final class OptimizerStepper {
  /// What is changed, with its paths; those that are frozen stay as they are.
  public let parameters: [NamedParameter]
  private let recipe: StepRecipe
  private var application: Recording?

  init(
    _ optimizer: any Optimizer, _ parameters: [NamedParameter], _ groups: [ParameterGroup],
    _ clipping: GradientClipping?
  ) throws {
    guard !parameters.isEmpty else {
      throw ChainRuleError(.value, in: "stepper", required: "at least one parameter", got: "none")
    }
    try optimizer.validate()
    for group in groups { try group.optimizer.validate() }
    try clipping?.validate()
    for entry in parameters { if let error = entry.parameter.value.error { throw error } }
    var options = TrainingOptions()
    options.groups = groups
    options.clipping = clipping
    self.parameters = parameters
    recipe = StepRecipe(
      parameters: parameters, model: { $0 }, loss: { output, _ in output }, optimizer: optimizer, options: options)
  }

  /// The rate in force; assigning changes it from the next step on, also in programs that exist already.
  public var learningRate: Double {
    get { recipe.optimizer.rate.value }
    set { recipe.optimizer.rate.value = newValue }
  }

  /// How many steps were made.
  public var stepCount: Int { Int(exactly: recipe.memory.count.value.scalars.first ?? 0) ?? 0 }

  // MARK: Steps

  /// The updates of a step downhill on a loss, to be given to `compile`: each parameter and what the optimizer remembers,
  /// with the nodes that renew them.
  ///
  /// - Parameter loss: a node of one element.
  /// - Throws: where the loss has more elements or does not depend on a parameter.
  public func updates(of loss: Node) throws -> [(state: Node, next: Node)] {
    if let error = loss.error { throw error }
    guard loss.shape.elementCount == 1 else {
      throw ChainRuleError(
        .shape, in: "OptimizerStepper.updates", required: "a loss that is a single number", got: "shape \(loss.shape)",
        hint: "Reduce it with mean() or sum().")
    }
    let gradients = try recipe.gradients(of: loss.reshaped(to: .scalar), in: "OptimizerStepper.updates")
    return try updates(with: gradients, in: loss.graph)
  }

  /// The updates of a step with these gradients, one for each parameter that is trained, in their order.
  /// - Throws: for another number of gradients, and for one of another shape.
  public func updates(with gradients: [Node], in graph: Graph) throws -> [(state: Node, next: Node)] {
    try check(gradients.map(\.shape), "OptimizerStepper.updates")
    return try recipe.updates(with: gradients, in: graph)
  }

  /// Makes one step with gradients that come from elsewhere: accumulated, clipped, averaged over machines.
  ///
  /// - Parameter gradients: one for each parameter that is trained, in their order and of their shapes.
  /// - Throws: for another number of gradients, and for one of another shape or with a mistake.
  public func apply(_ gradients: [Tensor]) throws {
    for gradient in gradients { if let error = gradient.error { throw error } }
    try check(gradients.map(\.shape), "OptimizerStepper.apply")
    let program = try application ?? recorded()
    application = program
    _ = try program.run(gradients)
  }

  private func recorded() throws -> Recording {
    let isDouble = recipe.trained.contains { $0.parameter.value.elementType == .float64 }
    let graph = Graph(isDouble ? .double : .single)
    let inputs = recipe.trained.map { graph.input("gradient of \($0.path)", shape: $0.parameter.shape) }
    return try Recording(
      graph, inputs: inputs, outputs: [], updates: recipe.updates(with: inputs, in: graph), threads: nil)
  }

  private func check(_ shapes: [Shape], _ origin: String) throws {
    let trained = recipe.trained
    guard shapes.count == trained.count else {
      throw ChainRuleError(
        .value, in: origin, required: "\(trained.count) gradients: of \(trained.map(\.path).joined(separator: ", "))",
        got: "\(shapes.count)")
    }
    for (entry, shape) in zip(trained, shapes) where entry.parameter.shape != shape {
      throw ChainRuleError(
        .shape, in: origin, required: "a gradient of shape \(entry.parameter.shape) for \(entry.path)", got: "\(shape)")
    }
  }

  // MARK: State

  /// What the optimizer remembers, by path (`w/mean`), and the number of steps; to be saved beside the parameters.
  public var state: ModelState {
    ModelState(
      [("step", recipe.memory.count.value)] + recipe.memory.parameters.map { ($0.path, $0.parameter.value) })
  }

  /// Goes back to a state that was saved.
  /// - Throws: for a value of another shape; nothing is changed then.
  public func restore(_ state: ModelState) throws {
    guard let count = state["step"], count.shape == .scalar else {
      throw ChainRuleError(
        .value, in: "OptimizerStepper.restore", required: "the state of a stepper, with its number of steps",
        got: "none")
    }
    try recipe.memory.restore(state.filtered { $0 != "step" })
    recipe.memory.count.value = count
  }
}

extension Optimizer {
  /// The optimizer at work on some parameters, outside `Training`.
  ///
  /// - Parameters:
  ///   - groups: parameters with optimizers of their own, by path.
  ///   - clipping: what is done to the gradients before.
  /// - Throws: without a parameter, and for a setting out of its range.
  public func stepper(
    for parameters: [NamedParameter], groups: [ParameterGroup] = [], clipping: GradientClipping? = nil
  ) throws -> OptimizerStepper { try OptimizerStepper(self, parameters, groups, clipping) }

  /// The same for parameters that are called by their names, or by their numbers where they have none of their own.
  /// - Throws: without a parameter, and for a setting out of its range.
  public func stepper(
    for parameters: [Parameter], groups: [ParameterGroup] = [], clipping: GradientClipping? = nil
  ) throws -> OptimizerStepper {
    var seen: Set<String> = []
    let named = parameters.enumerated().map { index, parameter in
      let name = parameter.name
      return NamedParameter(
        path: !name.isEmpty && seen.insert(name).inserted ? name : "parameter \(index)", parameter: parameter)
    }
    return try OptimizerStepper(self, named, groups, clipping)
  }
}
