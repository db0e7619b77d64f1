/// A training step, recorded once for one shape of batch: forward, backward, clipping and update are one graph.
final class StepGraph {
  let graph: Graph
  let inputs: Node, targets: Node
  /// The model's output and the mean loss of the batch.
  let prediction: Node, loss: Node
  /// The global norm of the gradients, before clipping.
  let gradientNorm: Node?
  let updates: [(state: Node, next: Node)]

  init(_ recipe: StepRecipe, inputs: Tensor, targets: Tensor) throws {
    graph = Graph(recipe.precision)
    graph.mode = .training
    self.inputs = graph.input("inputs", shape: inputs.shape, indices: inputs.elementType == .int32)
    self.targets = graph.input("targets", shape: targets.shape, indices: targets.elementType == .int32)
    (prediction, loss) = try recipe.recordLoss(self.inputs, self.targets)
    (updates, gradientNorm) = try recipe.recordUpdates(of: loss)
  }

  struct Result {
    let loss: Double
    let prediction: Tensor
    let gradientNorm: Double?
  }

  /// Makes one step: computes everything from the present values, then assigns what is renewed.
  func run(_ inputs: Tensor, _ targets: Tensor) throws -> Result {
    self.inputs.assign(inputs)
    self.targets.assign(targets)
    let result = Result(
      loss: try loss.scalar(), prediction: try prediction.value(), gradientNorm: try gradientNorm?.scalar())
    let values = try graph.evaluate(updates.map(\.next))
    for (update, value) in zip(updates, values) { update.state.assign(value) }
    return result
  }
}

/// Forward pass and loss in evaluation mode, recorded once for one shape of batch.
final class EvaluationGraph {
  let graph: Graph
  private let inputs: Node, targets: Node, prediction: Node, loss: Node

  init(_ recipe: StepRecipe, inputs: Tensor, targets: Tensor) throws {
    graph = Graph(recipe.precision)
    graph.mode = .evaluation
    self.inputs = graph.input("inputs", shape: inputs.shape, indices: inputs.elementType == .int32)
    self.targets = graph.input("targets", shape: targets.shape, indices: targets.elementType == .int32)
    (prediction, loss) = try recipe.recordLoss(self.inputs, self.targets)
  }

  func run(_ inputs: Tensor, _ targets: Tensor) throws -> (loss: Double, prediction: Tensor) {
    self.inputs.assign(inputs)
    self.targets.assign(targets)
    return (try loss.scalar(), try prediction.value())
  }
}
