/// Checks the gradients of a model: every trained parameter, by its path, and every element of the inputs.
///
/// ```swift
/// let report = try checkModel(Classifier(), inputs: batch) { softmaxCrossEntropy($0, $0.graph.constant(labels)) }
/// ```
///
/// The model is recorded in double precision; its parameters keep their values. Index inputs only choose and are not
/// moved.
/// - Parameters:
///   - loss: makes what is differentiated from the model's output; the output itself if it is a single number.
///   - recording: whether layers record their training or their evaluation behaviour.
/// - Throws: when the model has nothing to move, or its loss has no value.
public func checkModel(
  _ model: some Model, inputs: Tensor, recording: Graph.Mode = .training, mode: CheckMode = .full,
  claiming claims: [String: Double] = [:], loss: (Node) throws -> Node = { $0 }
) throws -> GradientReport {
  let graph = Graph(.double)
  graph.mode = recording
  let x = graph.input("inputs", inputs)
  let value = try loss(model(x))
  var nodes = inputs.elementType == .int32 ? [] : [x]
  for named in model.trainableParameters { nodes.append(graph.parameter(named.parameter).named(named.path)) }
  return try checkGradients(of: value.named(value.label ?? "loss"), withRespectTo: nodes, mode: mode, claiming: claims)
}
