/// What a training step is made of, apart from the shape of its batch.
struct StepRecipe {
  let precision: Graph.Precision
  let parameters: [NamedParameter]
  let model: (Node) -> Node
  let loss: (Node, Node) -> Node
  let penalties: [Penalty]
  let clipping: GradientClipping?
  /// The optimizers with their rates: first the one for everything that no group holds, then the groups'.
  let optimizers: [(optimizer: any Optimizer, rate: Parameter)]
  let groups: [ParameterGroup]
  let memory: OptimizerMemory
  let monitorsGradients: Bool
  /// How many threads a step may use; `nil` for as many as there are processors.
  let threads: Int?

  /// The parameters that training changes.
  var trained: [NamedParameter] { parameters.filter(\.isTrained) }

  /// Records the model's output and its loss, and makes sure that every parameter they use is known.
  func recordLoss(_ inputs: Node, _ targets: Node) throws -> (prediction: Node, loss: Node) {
    let graph = inputs.graph
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
  func gradients(of objective: Node) throws -> [Node] {
    if let error = objective.error { throw error }
    let found = objective.backward()
    return try trained.map { entry in
      let node = objective.graph.parameter(entry.parameter)
      if let gradient = found[node] { return gradient }
      throw ChainRuleError(
        .gradient, in: "Training", required: "a path from \(entry.path) to the loss",
        got: "none: \(found.whyNone(node) ?? "")", hint: "Use it in the model, or freeze(\"\(entry.path)\").")
    }
  }

  /// Records clipping and the optimizers' rules: what is renewed by a step with these gradients.
  func updates(with gradients: [Node], in graph: Graph) throws -> [(state: Node, next: Node)] {
    let number = graph.parameter(memory.count) + 1
    var updates: [(state: Node, next: Node)] = []
    for (entry, gradient) in zip(trained, clipping?(gradients) ?? gradients) {
      let node = graph.parameter(entry.parameter)
      let (optimizer, rate) = optimizers[(groups.lastIndex { $0.contains(entry) } ?? -1) + 1]
      let step = OptimizerStep(
        parameter: node, path: entry.path, rate: graph.parameter(rate), number: number, memory: memory)
      updates.append((node, optimizer.update(node, gradient: gradient, step)))
      updates += step.renewals
    }
    updates.append((graph.parameter(memory.count), number))
    for update in updates { if let error = update.next.error { throw error } }
    return updates
  }
}
