import ChainRuleCore

/// What a training step is made of, apart from the shape of its batch.
struct StepRecipe {
  /// An optimizer with the rate that schedules give it.
  struct RatedOptimizer {
    let optimizer: any Optimizer
    let rate: ScheduledNumber

    init(_ optimizer: any Optimizer) {
      self.optimizer = optimizer
      rate = ScheduledNumber(optimizer.learningRate, name: "learningRate")
    }
  }

  let precision: Graph.Precision
  let parameters: [NamedParameter]
  let model: (Node) -> Node
  let loss: (Node, Node) -> Node
  let penalties: [Penalty]
  let clipping: GradientClipping?
  /// The optimizer of every parameter that no group holds.
  let optimizer: RatedOptimizer
  let groups: [(group: ParameterGroup, optimizer: RatedOptimizer)]
  let memory = OptimizerMemory()
  let monitorsGradients: Bool
  /// How many threads a step may use; `nil` for as many as there are processors.
  let threads: Int?
  /// What runs the steps.
  let engine: any Engine

  init(
    parameters: [NamedParameter], model: @escaping (Node) -> Node, loss: @escaping (Node, Node) -> Node,
    optimizer: any Optimizer, options: TrainingOptions
  ) {
    (self.parameters, self.model, self.loss) = (parameters, model, loss)
    self.optimizer = RatedOptimizer(optimizer)
    groups = options.groups.map { ($0, RatedOptimizer($0.optimizer)) }
    (precision, penalties, clipping) = (options.precision, options.penalties, options.clipping)
    (monitorsGradients, threads, engine) = (options.monitorsGradients, options.threads, options.engine)
  }

  /// Every optimizer, that of the ungrouped parameters first.
  var optimizers: [RatedOptimizer] { [optimizer] + groups.map(\.optimizer) }

  /// The parameters that training changes.
  var trained: [NamedParameter] { parameters.filter(\.isTrained) }

  /// A batch's forward pass and loss, recorded.
  struct RecordedBatch {
    let graph: Graph
    /// The leaves of inputs and targets.
    let leaves: [Node]
    let prediction: Node
    /// A single number of shape `[]`.
    let loss: Node
  }

  /// Records the forward pass and the loss for batches of this one's shape.
  func record(_ batch: Dataset, mode: Graph.Mode) throws -> RecordedBatch {
    let graph = Graph(precision)
    graph.mode = mode
    func leaf(_ name: String, _ tensor: Tensor) -> Node {
      graph.input(name, shape: tensor.shape, indices: tensor.elementType == .int32)
    }
    let (x, y) = (leaf("inputs", batch.inputs), leaf("targets", batch.targets))
    let (prediction, loss) = try recordLoss(x, y)
    return RecordedBatch(graph: graph, leaves: [x, y], prediction: prediction, loss: loss)
  }

  /// Records the model's output and its loss, and makes sure that every parameter they use is known.
  private func recordLoss(_ inputs: Node, _ targets: Node) throws -> (prediction: Node, loss: Node) {
    let graph = inputs.graph
    nameLeaves(of: graph)
    let prediction = model(inputs)
    if let error = prediction.error { throw error }
    let loss = self.loss(prediction, targets)
    if let error = loss.error { throw error }
    guard loss.shape.elementCount == 1 else {
      throw ChainRuleError(
        .shape, in: "Training", required: "a loss that is a single number", got: "shape \(loss.shape)",
        hint: "Reduce it with mean() or sum().")
    }
    let known = Set(parameters.map { ObjectIdentifier($0.parameter) })
    if let stray = graph.parameters.first(where: { !known.contains(ObjectIdentifier($0)) }) {
      throw ChainRuleError(
        .value, in: "Training", required: "every parameter to be stored in the model",
        got: "a parameter \(stray.name.isEmpty ? "" : "\"\(stray.name)\" ")of shape \(stray.shape) that the loss uses "
          + "but the model's stored properties do not lead to",
        hint: "Keep its layer in a stored property; a closure hides what it captures.")
    }
    return (prediction, loss.reshaped(to: .scalar))
  }

  /// Messages call a parameter without a name by its path in the model; the parameter itself is not renamed.
  private func nameLeaves(of graph: Graph) {
    for entry in parameters where entry.parameter.name.isEmpty {
      graph.parameter(entry.parameter).named(entry.path)
    }
  }

  /// The loss with the penalties added: what is differentiated.
  func objective(_ loss: Node) -> Node {
    var sum = loss
    for penalty in penalties {
      for entry in trained where penalty.contains(entry) {
        sum = sum + penalty.term(loss.graph.parameter(entry.parameter))
      }
    }
    return sum
  }

  /// Records the backward pass: the gradient of each trained parameter.
  func gradients(of objective: Node, in origin: String = "Training") throws -> [Node] {
    if let error = objective.error { throw error }
    let found = objective.backward()
    return try trained.map { entry in
      let node = objective.graph.parameter(entry.parameter)
      if let gradient = found[node] { return gradient }
      throw ChainRuleError(
        .gradient, in: origin, required: "a path from \(entry.path) to the loss",
        got: found.whyNone(node).map { "none: \($0)" } ?? "none",
        hint: "Use it in the model, or freeze(\"\(entry.path)\").")
    }
  }

  /// Records clipping and the optimizers' rules: what is renewed by a step with these gradients.
  func updates(with gradients: [Node], in graph: Graph) throws -> [(state: Node, next: Node)] {
    let number = graph.parameter(memory.count) + 1
    var updates: [(state: Node, next: Node)] = []
    for (entry, gradient) in zip(trained, clipping?(gradients) ?? gradients) {
      let node = graph.parameter(entry.parameter)
      let rated = groups.last { $0.group.contains(entry) }?.optimizer ?? optimizer
      let step = OptimizerStep(
        parameter: node, path: entry.path, rate: graph.parameter(rated.rate.parameter), number: number, memory: memory)
      updates.append((node, held(entry.parameter, node, rated.optimizer.update(node, gradient: gradient, step))))
      updates += step.renewals
    }
    updates.append((graph.parameter(memory.count), number))
    for update in updates { if let error = update.next.error { throw error } }
    return updates
  }

  /// The next value with the row that stays as it is: weight decay and momentum move rows without a gradient too.
  private func held(_ parameter: Parameter, _ node: Node, _ next: Node) -> Node {
    guard let row = parameter.fixedRow, node.error == nil, (0..<node.shape[0]).contains(row) else { return next }
    let rows = Shape([node.shape[0]] + [Int](repeating: 1, count: node.shape.rank - 1))
    let isFixed = Tensor(shape: rows, (0..<node.shape[0]).map { $0 == row ? 1 : 0 })
    return `where`(node.graph.constant(isFixed), node, next)
  }
}
