/// Checks the gradients of a whole model, or of its loss, with respect to its inputs and every parameter, against
/// function values alone, in double precision. The same model value may be in training in single precision meanwhile.
///
/// ```swift
/// let report = try checkModel(Classifier(), at: digits.training.rows(0..<4).inputs)
/// print(report.verdict)
/// ```
/// - Parameters:
///   - inputs: `[batch, …]`; indices are not moved.
///   - targets: with `loss`, what the outputs are compared with; without, a fixed random weighting of the outputs is
///     differentiated.
///   - graphMode: whether layers record their training or their evaluation behaviour.
///   - order: 2 also checks second derivatives.
///   - mode: every element, or random directions for large models.
/// - Throws: when the model cannot be recorded at these inputs.
public func checkModel(
  _ model: some Model, at inputs: Tensor, targets: Tensor? = nil, loss: ((Node, Node) -> Node)? = nil,
  graphMode: Graph.Mode = .training, order: Int = 1, mode: CheckMode = .full, resolution: Double = 1e-6
) throws -> GradientReport {
  let graph = Graph()
  graph.mode = graphMode
  let x = graph.input("inputs", inputs)
  let output = model(x)
  if let error = output.error { throw error }
  let objective: Node
  if let loss, let targets {
    objective = loss(output, graph.input("targets", targets))
  } else {
    var numbers = RandomNumbers(seed: 11)
    let weights = (0..<output.shape.elementCount).map { _ in numbers.uniform() + 0.5 }
    objective = (output * graph.constant(Tensor(shape: output.shape, weights))).sum()
  }
  var nodes = inputs.elementType.isFloatingPoint ? [x] : []
  for entry in model.parameters where entry.parameter.isTrainable {
    let leaf = graph.parameter(entry.parameter)
    if entry.parameter.name.isEmpty { leaf.named(entry.path) }
    nodes.append(leaf)
  }
  return try checkGradients(of: objective, withRespectTo: nodes, order: order, mode: mode, resolution: resolution)
}
