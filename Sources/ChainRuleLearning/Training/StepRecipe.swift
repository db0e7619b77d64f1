/// What a training step is made of, apart from the shape of its batch.
struct StepRecipe {
  let precision: Graph.Precision
  let parameters: [NamedParameter]
  let model: (Node) -> Node
  let loss: (Node, Node) -> Node
  let clipping: GradientClipping?
  /// The optimizers with their rates: first the one for everything that no group holds, then the groups'.
  let optimizers: [(optimizer: any Optimizer, rate: Parameter)]
  let groups: [ParameterGroup]
  let memory: OptimizerMemory

  /// Records the model's output and its loss, and makes sure that every parameter they use is known.
  func recordLoss(_ inputs: Node, _ targets: Node) throws -> (prediction: Node, loss: Node) {
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
    if let stray = inputs.graph.parameters.first(where: { !known.contains(ObjectIdentifier($0)) }) {
      throw ChainRuleError(
        .value, in: "Training", required: "every parameter to be stored in the model",
        got: "a parameter \(stray.name.isEmpty ? "" : "\"\(stray.name)\" ")of shape \(stray.shape) that the loss uses "
          + "but the model's stored properties do not lead to",
        hint: "Keep its layer in a stored property; a closure hides what it captures.")
    }
    return (prediction, loss.shape.rank == 0 ? loss : loss.reshaped(to: .scalar))
  }

  /// Records the backward pass, clipping and the optimizers' rules.
  func recordUpdates(of loss: Node) throws -> (updates: [(state: Node, next: Node)], gradientNorm: Node?) {
    let graph = loss.graph
    let trained = parameters.filter(\.isTrained)
    let nodes = trained.map { graph.parameter($0.parameter) }
    let gradients = try self.gradients(of: loss, trained, nodes)
    let norm = combinedNorm(of: gradients)
    let clipped = clipping?(gradients) ?? gradients
    let number = graph.parameter(memory.count) + 1
    var updates = graph.updates
    for ((entry, node), gradient) in zip(zip(trained, nodes), clipped) {
      let (optimizer, rate) = self.optimizer(for: entry)
      let step = OptimizerStep(
        parameter: node, path: entry.path, rate: graph.parameter(rate), number: number, memory: memory)
      updates.append((node, optimizer.update(node, gradient: gradient, step)))
      updates += step.renewals
    }
    updates.append((graph.parameter(memory.count), number))
    for update in updates { if let error = update.next.error { throw error } }
    return (updates, norm)
  }

  private func gradients(of loss: Node, _ trained: [NamedParameter], _ nodes: [Node]) throws -> [Node] {
    let found = loss.backward()
    return try zip(trained, nodes).map { entry, node in
      if let gradient = found[node] { return gradient }
      throw ChainRuleError(
        .gradient, in: "Training", required: "a path from \(entry.path) to the loss",
        got: "none: \(found.whyNone(node) ?? "")", hint: "Use it in the model, or freeze(\"\(entry.path)\").")
    }
  }

  private func optimizer(for entry: NamedParameter) -> (optimizer: any Optimizer, rate: Parameter) {
    optimizers[(groups.lastIndex { $0.contains(entry) } ?? -1) + 1]
  }
}
