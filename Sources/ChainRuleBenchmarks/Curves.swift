import ChainRule

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Time against a size, and the exponent of the line through both logarithms: 1 is linear.
struct Curve {
  let name: String
  let sizes: [Int]
  /// Seconds at a size.
  let seconds: (Int) throws -> Double

  func report() throws {
    let points = try sizes.map { (Double($0), try seconds($0)) }
    let text = points.map { "\(Int($0.0)): \(rounded($0.1 * 1e3)) ms" }.joined(separator: ", ")
    print("\(name): exponent \(rounded(Self.exponent(points))); \(text)")
  }

  /// The slope of the least squares line through (log x, log y).
  static func exponent(_ points: [(Double, Double)]) -> Double {
    let logs = points.map { (log($0.0), log($0.1)) }, n = Double(logs.count)
    let (x, y) = (logs.reduce(0) { $0 + $1.0 } / n, logs.reduce(0) { $0 + $1.1 } / n)
    let above = logs.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) }
    return above / logs.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }
  }
}

/// Prints a curve for nodes, batch, width, steps and threads.
func printCurves(threads: Int) throws {
  func step(_ model: RecordedModel, threads: Int = threads) throws -> Double {
    try seconds(of: try model.descent(rate: 0.01), model.values, threads: threads)
  }
  let curves = [
    Curve(name: "compiling, nodes of a scalar chain", sizes: [10_000, 100_000, 1_000_000]) { try compilingScalars($0) },
    Curve(name: "compiling, nodes of a chain of tensors", sizes: [1_000, 10_000, 100_000]) { try compilingTensors($0) },
    Curve(name: "step, batch of a perceptron 256-256-256-10", sizes: [32, 128, 512, 2048]) {
      try step(perceptron([256, 256, 256, 10], batch: $0))
    },
    Curve(name: "step, width of a perceptron, batch 128", sizes: [128, 256, 512, 1024]) {
      try step(perceptron([$0, $0, $0, 10], batch: 128))
    },
    Curve(name: "step, time steps of an LSTM 32 → 64, batch 16", sizes: [8, 32, 128]) {
      try step(lstm(batch: 16, time: $0, features: 32, width: 64))
    },
    Curve(name: "step, threads, perceptron 1024-1024-1024-10, batch 256", sizes: [1, 2]) {
      try step(perceptron([1024, 1024, 1024, 10], batch: 256), threads: $0)
    },
  ]
  for curve in curves { try curve.report() }
}

/// Seconds that compiling the value and the gradient of a chain of so many multiplications and sines takes.
private func compilingScalars(_ count: Int) throws -> Double {
  let graph = Graph(.double), x = graph.input("x", 0.5)
  var y = x
  for _ in 0..<count / 6 { y = sin(y * x) }
  return try compiling(graph, x, y)
}

private func compilingTensors(_ count: Int) throws -> Double {
  let graph = Graph(.single), x = graph.input("x", shape: [16])
  var y = x
  for _ in 0..<count / 6 { y = sin(y * x) }
  return try compiling(graph, x, y.sum())
}

private func compiling(_ graph: Graph, _ x: Node, _ y: Node) throws -> Double {
  let gradients = try y.gradients(withRespectTo: [x])
  var least = Double.infinity
  for _ in 0..<3 {
    let time = try ContinuousClock().measure { _ = try graph.compile(inputs: [x], outputs: [y] + gradients) }
    least = Swift.min(least, milliseconds(time) / 1e3)
  }
  return least
}
