import ChainRule

/// ω: the time of a value with its gradient over the time of the value alone, and the same ratio of their arithmetic.
/// The first is at least the second where both run at one speed; below it, the value alone is held up by something else.
func cheapGradient(_ name: String, _ model: RecordedModel, _ threads: Int) throws -> Measurement {
  let (value, both) = (try model.program(withGradients: false), try model.program(withGradients: true))
  func flops(_ program: Program) throws -> Double {
    try program.profile(model.values, repeats: 1).rows.reduce(0) { $0 + $1.flops }
  }
  let bound = try flops(both) / flops(value)
  let (alone, together) = (
    try seconds(of: value, model.values, threads: threads), try seconds(of: both, model.values, threads: threads)
  )
  return Measurement(
    name: "cheap-gradient-\(name)", seconds: together,
    extra: [("value", alone), ("ratio", together / alone), ("arithmetic", bound)])
}

/// The table of ω: from products alone to elementwise functions alone.
let gradientCosts: [Workload] = [
  cost("mlp") { perceptron([784, 256, 128, 10], batch: 128) },
  cost("mlp-1024x4") { perceptron([1024, 1024, 1024, 1024, 1024], batch: 256) },
  cost("lenet") { leNet() },
  cost("residual-block") { residualBlock() },
  cost("transformer") { transformerBlock() },
  cost("gpt-mini") { gptMini() },
  cost("lstm") { try lstm() },
  cost("elementwise") { elementwise([1_000_000]) { sigmoid($0) * tanh($0) + exp(-$0 * $0) } },
  cost("elementwise-long") { elementwise([200_000]) { x in (0..<12).reduce(x) { y, _ in tanh(y) * x + sin(y) } } },
]

private func cost(_ name: String, _ make: @escaping @Sendable () throws -> RecordedModel) -> Workload {
  Workload(name: "cheap-gradient-\(name)", measure: { [try cheapGradient(name, make(), $0)] })
}

private func elementwise(_ shape: Shape, _ function: (Node) -> Node) -> RecordedModel {
  var random = RandomTensors()
  let graph = Graph(.single), x = graph.input("x", shape: shape)
  return RecordedModel(
    graph: graph, inputs: [x], loss: function(x).sum(), parameters: [x], values: [random.normal(shape)])
}
