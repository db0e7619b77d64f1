import ChainRule

/// A workload: its name, and what makes one call of it.
struct Workload: Sendable {
  let name: String
  let measure: @Sendable (_ threads: Int) throws -> [Measurement]
  /// The program that is timed, if there is one, with its inputs.
  var program: (@Sendable () throws -> (Program, [Tensor]))?
}

struct Measurement {
  var name: String
  var seconds: Double
  var extra: [(String, Double)] = []
}

/// Seconds of one run of a program whose outputs are reused.
func seconds(of program: Program, _ values: [Tensor], threads: Int) throws -> Double {
  program.threads = threads
  var results = try program.run(values)
  return try secondsPerCall { try program.run(values, into: &results) }
}

extension Workload {
  /// Runs of one program.
  static func program(_ name: String, _ make: @escaping @Sendable () throws -> (Program, [Tensor])) -> Workload {
    Workload(
      name: name,
      measure: { threads in
        let (program, values) = try make()
        return [Measurement(name: name, seconds: try seconds(of: program, values, threads: threads))]
      }, program: make)
  }
}

/// The program of a training step, with what it is fed.
func descent(_ model: RecordedModel, rate: Double = 0.1) throws -> (Program, [Tensor]) {
  (try model.descent(rate: rate), model.values)
}

private func elementwise() throws -> (Program, [Tensor]) {
  var random = RandomTensors()
  let graph = Graph(.single)
  let x = graph.input("x", shape: [1_000_000])
  let f = (sigmoid(x) * tanh(x) + exp(-x * x)).sum()
  let program = try graph.compile(inputs: [x], outputs: try f.gradients(withRespectTo: [x]))
  return (program, [random.normal([1_000_000])])
}

private func otherElementwise() throws -> (Program, [Tensor]) {
  var random = RandomTensors()
  let graph = Graph(.single)
  let x = graph.input("x", shape: [700_000])
  let f = (softplus(x) * sin(x) + log(1 + square(x))).sum()
  let program = try graph.compile(inputs: [x], outputs: try f.gradients(withRespectTo: [x]))
  return (program, [random.normal([700_000])])
}

private func matrixGradient(_ n: Int) throws -> (Program, [Tensor]) {
  var random = RandomTensors()
  let graph = Graph(.single)
  let a = graph.input("a", shape: [n, n]), b = graph.input("b", shape: [n, n])
  let f = square(a.matmul(b)).sum()
  let program = try graph.compile(inputs: [a, b], outputs: [f] + (try f.gradients(withRespectTo: [a, b])))
  return (program, [random.normal([n, n]), random.normal([n, n])])
}

private func rosenbrock() throws -> (Program, [Tensor]) {
  let n = 10_000, graph = Graph()
  let x = graph.input("x", shape: [n])
  let (head, tail) = (x[0..<(n - 1)], x[1...])
  let f = (100 * square(tail - square(head)) + square(1 - head)).sum()
  return (
    try graph.compile(inputs: [x], outputs: try f.gradients(withRespectTo: [x])), [Tensor(shape: [n], repeating: 1.2)]
  )
}

let workloads: [Workload] = [
  .program("mlp-64-32-10-b32") { try descent(perceptron([64, 32, 10], batch: 32)) },
  .program("mlp-784-10-b64") { try descent(perceptron([784, 10], batch: 64)) },
  .program("mlp-784-256-128-10-b128") { try descent(perceptron([784, 256, 128, 10], batch: 128)) },
  .program("mlp-784-256-128-10-b128-adam") {
    let model = perceptron([784, 256, 128, 10], batch: 128)
    return (try model.adam(rate: 1e-3), model.values)
  },
  .program("mlp-1024x4-b256") { try descent(perceptron([1024, 1024, 1024, 1024, 1024], batch: 256)) },
  .program("lenet-b64") { try descent(leNet()) },
  .program("transformer-block-b8-t128-d256") { try descent(transformerBlock(), rate: 1e-3) },
  .program("elementwise-1m", elementwise),
  .program("matmul-grad-128") { try matrixGradient(128) },
  .program("matmul-grad-512") { try matrixGradient(512) },
  .program("matmul-grad-1024") { try matrixGradient(1024) },
  .program("rosenbrock-10k-f64", rosenbrock),
  // Other sizes, activations and losses, held against the same peers by .ci/variants.
  .program("variant-mlp-96-40-12-b48-tanh-mse") {
    try descent(regression([96, 40, 12], batch: 48) { tanh($0) })
  },
  .program("variant-mlp-600-200-100-20-b96-sigmoid") {
    try descent(perceptron([600, 200, 100, 20], batch: 96) { sigmoid($0) })
  },
  .program("variant-elementwise-700k", otherElementwise),
  .program("variant-transformer-b4-t96-d192-silu") {
    try descent(transformerBlock(batch: 4, time: 96, width: 192, heads: 6) { silu($0) }, rate: 1e-3)
  },
  Workload(name: "scalar-xyz", measure: { _ in [try scalarFresh()] }),
  Workload(name: "scalar-xyz-program", measure: { threads in [try scalarProgram(threads)] }),
  Workload(name: "scalar-chain-1m", measure: { _ in try scalarChain() }),
  Workload(
    name: "cheap-gradient",
    measure: { threads in
      [
        try cheapGradient("mlp", perceptron([784, 256, 128, 10], batch: 128), threads),
        try cheapGradient("lenet", leNet(), threads),
        try cheapGradient("transformer", transformerBlock(), threads),
      ]
    }),
]
