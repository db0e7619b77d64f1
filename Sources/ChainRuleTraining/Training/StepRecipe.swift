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
  /// From named inputs to named outputs; one without a name stands under "".
  let model: (NamedNodes) -> [String: Node]
  /// What is summed, each times its weight.
  let losses: [NamedLoss]
  /// Whether inputs, outputs and losses have names.
  let isNamed: Bool
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
  /// The most bytes that a step may need.
  let memoryLimit: Int?

  /// A recipe for a model from one node to another.
  init(
    parameters: [NamedParameter], model: @escaping (Node) -> Node, loss: @escaping (Node, Node) -> Node,
    optimizer: any Optimizer, options: TrainingOptions
  ) {
    let only = NamedLoss("") { outputs, targets in loss(outputs[""], targets.only) }
    self.init(
      parameters: parameters, model: { ["": model($0.only)] }, losses: [only], isNamed: false, optimizer: optimizer,
      options: options)
  }

  /// A recipe for a model from named inputs to named outputs.
  init(
    parameters: [NamedParameter], model: @escaping (NamedNodes) -> [String: Node], losses: [NamedLoss],
    isNamed: Bool = true, optimizer: any Optimizer, options: TrainingOptions
  ) {
    (self.parameters, self.model, self.losses, self.isNamed) = (parameters, model, losses, isNamed)
    self.optimizer = RatedOptimizer(optimizer)
    groups = options.groups.map { ($0, RatedOptimizer($0.optimizer)) }
    (precision, penalties, clipping) = (options.precision, options.penalties, options.clipping)
    (monitorsGradients, threads, engine) = (options.monitorsGradients, options.threads, options.engine)
    memoryLimit = options.memoryLimit
  }

  /// Every optimizer, that of the ungrouped parameters first.
  var optimizers: [RatedOptimizer] { [optimizer] + groups.map(\.optimizer) }

  /// The parameters that training changes.
  var trained: [NamedParameter] { parameters.filter(\.isTrained) }

  /// A batch's forward pass and loss, recorded.
  struct RecordedBatch {
    let graph: Graph
    /// The leaves of inputs and targets, in the order of ``Dataset/columns``.
    let leaves: [Node]
    /// In the order of their names.
    let outputs: [(name: String, node: Node)]
    /// A single number of shape `[]`.
    let loss: Node
    /// Each of several losses, of shape `[]`.
    let losses: [Node]

    /// What a run is to give: what ``StepValues`` takes apart.
    var results: [Node] { [loss] + losses + outputs.map(\.node) }
    var outputNames: [String] { outputs.map(\.name) }
  }

  /// Records the forward pass and the loss for batches of this one's shape.
  func record(_ batch: Dataset, mode: Graph.Mode) throws -> RecordedBatch {
    let graph = Graph(precision)
    graph.mode = mode
    func leaf(_ name: String, _ tensor: Tensor) -> Node {
      graph.input(name, shape: tensor.shape, indices: tensor.elementType == .int32)
    }
    let inputs = batch.orderedInputs.map { ($0.name, leaf($0.name.isEmpty ? "inputs" : $0.name, $0.tensor)) }
    let targets = batch.orderedTargets.map {
      ($0.name, leaf($0.name.isEmpty ? "targets" : "target \($0.name)", $0.tensor))
    }
    nameLeaves(of: graph)
    let outputs = model(NamedNodes(Dictionary(uniqueKeysWithValues: inputs), "input", in: graph))
    let ordered = outputs.sorted { $0.key < $1.key }.map { (name: $0.key, node: $0.value) }
    for output in ordered { if let error = output.node.error { throw error } }
    let losses = try record(
      NamedNodes(outputs, "output", in: graph),
      against: NamedNodes(Dictionary(uniqueKeysWithValues: targets), "target", in: graph))
    try checkParameters(of: graph)
    return RecordedBatch(
      graph: graph, leaves: (inputs + targets).map(\.1), outputs: ordered, loss: sum(losses),
      losses: isNamed ? losses : [])
  }

  /// Records each loss as a single number of shape `[]`.
  private func record(_ outputs: NamedNodes, against targets: NamedNodes) throws -> [Node] {
    try losses.map { loss in
      let node = loss.record(outputs, targets)
      if let error = node.error { throw error }
      guard node.shape.elementCount == 1 else {
        throw ChainRuleError(
          .shape, in: "Training", required: "a loss that is a single number",
          got: (isNamed ? "\"\(loss.name)\" of " : "") + "shape \(node.shape)", hint: "Reduce it with mean() or sum().")
      }
      return node.reshaped(to: .scalar)
    }
  }

  /// Σ weight · loss; a loss of weight 0 is measured and no part of it.
  private func sum(_ nodes: [Node]) -> Node {
    let terms = zip(losses, nodes).filter { $0.0.weight != 0 }.map { loss, node in
      loss.weight == 1 ? node : loss.weight * node
    }
    return terms.dropFirst().reduce(terms[0], +)
  }

  /// Makes sure that every parameter that is used is known.
  private func checkParameters(of graph: Graph) throws {
    let known = Set(parameters.map { ObjectIdentifier($0.parameter) })
    if let stray = graph.parameters.first(where: { !known.contains(ObjectIdentifier($0)) }) {
      throw ChainRuleError(
        .value, in: "Training", required: "every parameter to be stored in the model",
        got: "a parameter \(stray.name.isEmpty ? "" : "\"\(stray.name)\" ")of shape \(stray.shape) that the loss uses "
          + "but the model's stored properties do not lead to",
        hint: "Keep its layer in a stored property; a closure hides what it captures.")
    }
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
        parameter: node, path: entry.path, rate: graph.parameter(rated.rate.parameter), number: number, memory: memory,
        fixedRow: entry.parameter.fixedRow)
      let next = rated.optimizer.update(node, gradient: gradient, step)
      updates.append((node, step.keepsFixedRow ? next : held(entry.parameter, node, next)))
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
