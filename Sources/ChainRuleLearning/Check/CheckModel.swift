/// Checks the gradients of a model: every trained parameter, by its path, and every element of the inputs.
///
/// ```swift
/// let report = try checkModel(Classifier(), inputs: batch) { softmaxCrossEntropy($0, $0.graph.constant(labels)) }
/// ```
///
/// The model is recorded in double precision; its parameters keep their values, and the same model may be in training
/// in single precision meanwhile. Index inputs only choose and are not moved.
/// - Parameters:
///   - inputs: `[batch, …]`.
///   - order: 2 also checks second derivatives.
///   - recording: whether layers record their training or their evaluation behaviour.
///   - loss: makes what is differentiated from the model's output. Without it the output itself is taken if it is a
///     single number, and a fixed random weighting of its elements otherwise.
/// - Throws: when the model has nothing to move, or its loss has no value.
public func checkModel(
  _ model: some Model, inputs: Tensor, order: Int = 1, recording: Graph.Mode = .training, mode: CheckMode = .full,
  claiming claims: [String: Double] = [:], resolution: Double = 1e-6, loss: ((Node) throws -> Node)? = nil
) throws -> GradientReport {
  let graph = Graph(.double)
  graph.mode = recording
  let x = graph.input("inputs", inputs)
  let output = model(x)
  if let error = output.error { throw error }
  let objective = try loss?(output) ?? weighted(output)
  var nodes = inputs.elementType == .int32 ? [] : [x]
  for named in model.trainableParameters { nodes.append(graph.parameter(named.parameter).named(named.path)) }
  return try checkGradients(
    of: objective.named(objective.label ?? "loss"), withRespectTo: nodes, order: order, mode: mode, claiming: claims,
    resolution: resolution)
}

/// A single number that every element of the output moves by a share of its own.
private func weighted(_ output: Node) -> Node {
  if output.shape.rank == 0 { return output }
  var numbers = RandomNumbers(seed: 11)
  let weights = (0..<output.shape.elementCount).map { _ in numbers.uniform() + 0.5 }
  return (output * output.graph.constant(Tensor(shape: output.shape, weights))).sum()
}
