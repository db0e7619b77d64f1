import ChainRule

/// ω: the time of a value with its gradient over the time of the value alone, and the same ratio of their arithmetic.
/// Where both run at one speed the first is the second; below it, the value alone is held up by something else.
func cheapGradient(_ name: String, _ model: RecordedModel, _ threads: Int) throws -> Measurement {
  let (value, both) = (try model.program(withGradients: false), try model.program(withGradients: true))
  // What a loop's own program computes is not counted: where that is much, nothing is said.
  func flops(_ program: Program) throws -> Double? {
    let profile = try program.profile(model.values, repeats: 1)
    let isCounted = profile.rows.allSatisfy { $0.flops > 0 || $0.seconds < 0.2 * profile.seconds }
    return isCounted ? profile.rows.reduce(0) { $0 + $1.flops } : nil
  }
  let (some, all) = (try flops(value), try flops(both))
  let arithmetic = some.flatMap { some in all.map { [("arithmetic", $0 / some)] } } ?? []
  let (alone, together) = (
    try seconds(of: value, model.values, threads: threads), try seconds(of: both, model.values, threads: threads)
  )
  return Measurement(
    name: "cheap-gradient-\(name)", seconds: together,
    extra: [("value", alone), ("ratio", together / alone)] + arithmetic)
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
