import ChainRule
import Foundation
import Testing

/// Public programs of JAX and PyTorch ported as a user would, line by line, with JAX's numbers
/// (Tests/Fixtures/Mathematics/ported.py).
@Suite struct PortedProgramTests {
  struct Numbers: Decodable, Sendable {
    struct Gradients: Decodable, Sendable { let value: Double, gradients: [[Double]] }
    let process: Gradients, trained: [Double], mean: [Double], variance: [Double]
    let smoother: Gradients, soft: Gradients, hard: Gradients
  }
  static let numbers = Result { try fixture("ported", Numbers.self) }

  /// Element i is 0.4·sin(a·i + b).
  private func wave(_ shape: Shape, _ a: Double, _ b: Double) -> Tensor {
    Tensor(shape: shape, (0..<shape.elementCount).map { 0.4 * sin(a * Double($0) + b) })
  }

  private func expect(_ loss: Node, _ inputs: [Node], _ wanted: Numbers.Gradients, _ name: String) throws {
    let program = try loss.graph.compile(
      inputs: inputs, outputs: [loss] + loss.gradients(withRespectTo: inputs))
    let found = try program.run(inputs.map { try $0.value() }).map(\.scalars)
    for (own, other) in zip(found, [[wanted.value]] + wanted.gradients) {
      ChainRuleMathematicsTests.expect(own, near: other, 1e-10, name)
    }
  }

  // MARK: A Gaussian process

  /// `cov_map`: one `vmap` in another.
  private func covariances(_ xs: Node, _ others: Node) throws -> Node {
    try vectorized(over: 0) { x in
      try vectorized(over: 0) { y in exp(-square(x - y).sum()) }(others)
    }(xs)
  }

  private struct Process {
    let loss: Node, mean: Node, variance: Node
  }

  private func process(_ parameters: Node, _ x: Node, _ y: Node, at places: Node) throws -> Process {
    let graph = x.graph, positive = logAddExp(parameters, 0 * parameters), n = x.shape[0]
    let (amplitude, noise, length) = (positive[0], positive[1], positive[2])
    let centered = y - y.mean(), rows = x / length, others = places / length
    let covariance = amplitude * squaredDistances(rows, rows).exponentialOfMinus + graph.identity(n) * (noise + 1e-6)
    let l = cholesky(covariance), weights = choleskySolve(l, centered)
    let likelihood = multivariateNormalLogDensity(
      centered.squeezingDimension(at: 1), mean: graph.constant(0), choleskyFactor: l)
    let prior = -0.9189385332046727 - square(log(amplitude))
    let crossing = amplitude * squaredDistances(rows, others).exponentialOfMinus
    let v = triangularSolve(l, crossing)
    return Process(
      loss: -(likelihood - prior), mean: crossing.transposed().matmul(weights) + y.mean(),
      variance: amplitude * squaredDistances(others, others).exponentialOfMinus - v.transposed().matmul(v))
  }

  @Test func gaussianProcess() throws {
    let numbers = try Self.numbers.get(), graph = Graph()
    let parameters = graph.input("parameters", [0, -5, 0])
    let x = graph.input("x", try (1 + 4 * abs(graph.constant(wave([7, 1], 2.3, 0.1)))).value())
    let y = graph.input("y", try (2 * graph.constant(wave([7, 1], 0.8, 0.1))).value())
    let found = try process(parameters, x, y, at: graph.linspace(from: 0, to: 2, count: 5).expandingDimension(at: 1))
    try expect(found.loss, [parameters, x, y], numbers.process, "process")
    ChainRuleMathematicsTests.expect(try found.mean.value().scalars, near: numbers.mean, 1e-10, "mean")
    ChainRuleMathematicsTests.expect(try found.variance.value().scalars, near: numbers.variance, 1e-9, "variance")
    // Twenty steps of its training, in one program.
    let momentum = graph.input("momentum", [0, 0, 0]), scale = graph.input("scale", [1, 1, 1])
    let g = try found.loss.gradients(withRespectTo: [parameters])[0]
    let (m, s) = (0.9 * momentum + 0.1 * g, 0.9 * scale + 0.1 * square(g))
    let step = try graph.compile(
      inputs: [], outputs: [parameters],
      updates: [momentum: m, scale: s, parameters: parameters - 0.01 * m / sqrt(s + 1e-5)])
    for _ in 0..<20 { _ = try step.run([]) }
    ChainRuleMathematicsTests.expect(try step.run([])[0].scalars, near: numbers.trained, 1e-10, "trained")
  }

  @Test func covariancesByTwoBatches() throws {
    let graph = Graph(), x = graph.constant(wave([4, 2], 2.3, 0.1))
    let byBatches = try covariances(x, x), composed = squaredDistances(x, x).exponentialOfMinus
    #expect(byBatches.shape == [4, 4])
    ChainRuleMathematicsTests.expect(
      try byBatches.value().scalars, near: try composed.value().scalars, 1e-15, "covariances")
  }

  // MARK: A smoother

  private func solveDefinite(_ a: Node, _ b: Node) -> Node {
    choleskySolve(cholesky(a.symmetricPart() + 1e-9 * a.graph.identity(a.shape[-1])), b)
  }

  @Test func smoother() throws {
    let graph = Graph(), i3 = graph.identity(3), i2 = graph.identity(2)
    let f = graph.input("f", try (i3 + graph.constant(wave([3, 3], 1.3, 0.2))).value())
    let h = graph.input("h", try (i3[0..<2] + graph.constant(wave([2, 3], 0.7, 0.5))).value())
    let ys = graph.input("ys", wave([9, 2], 0.6, 0.2))
    let (b, d) = (graph.constant(wave([3], 0.9, 0.4)), graph.constant(wave([2], 1.4, 0.2)))
    let (q, r) = (0.1 * i3, 0.2 * i2 + 0.05)
    func around(_ p: Node, _ m: Node) -> Node { m.matmul(p).matmul(m.transposed()) }
    let (last, filtered) = try scan(over: ys, from: [graph.constant(0), graph.constant([0, 0, 0]), i3]) { state, y in
      let (m, p) = (state[1], state[2]), s = r + around(p, h), expected = h.matmul(m) + d
      let density = multivariateNormalLogDensity(y, mean: expected, covariance: s)
      let k = solveDefinite(s, h.matmul(p)).transposed()
      let (mf, pf) = (m + k.matmul(y - expected), (p - around(s, k)).symmetricPart())
      return ([state[0] + density, f.matmul(mf) + b, around(pf, f) + q], [mf, pf])
    }
    let (ms, ps) = (filtered[0], filtered[1])
    let smoothed = try scan(over: [ms[..<8], ps[..<8]], from: [ms[8], ps[8]], reversed: true) { next, row in
      let (m, p) = (row[0], row[1]), g = solveDefinite(q + around(p, f), f.matmul(p)).transposed()
      let sm = m + g.matmul(next[0] - f.matmul(m) - b), sp = p + around(next[1] - around(p, f) - q, g)
      return ([sm, sp], [sm, sp, g.matmul(next[1]) + outer(sm, next[0])])
    }.outputs
    let loss =
      -last[0] + 0.1 * (square(smoothed[0]).sum() + smoothed[1].trace().sum() + square(smoothed[2]).sum())
    try expect(loss, [f, h, ys], try Self.numbers.get().smoother, "smoother")
  }

  // MARK: A sort

  private func softSorted(_ scores: Node, _ tau: Double, _ power: Double, isHard: Bool) -> Node {
    let columns = scores.expandingDimension(at: -1), ordered = columns.sorted(axis: 1, descending: true)
    let soft = softmax(-pow(abs(columns.transposed([0, 2, 1]) - ordered), power) / tau)
    guard isHard else { return soft }
    return (soft.argmax(axis: -1).oneHot(classes: soft.shape[-1]) - soft).stoppingGradient() + soft
  }

  @Test(arguments: [false, true]) func softSort(isHard: Bool) throws {
    let graph = Graph(), scores = graph.input("scores", wave([3, 5], 2.1, 0.3))
    let p = softSorted(scores, 0.3, 2, isHard: isHard), weights = graph.constant(wave([5], 1.1, 0.6))
    let error = einsum("bij,bj->bi", p, scores) - scores.sorted(descending: true) * weights
    let numbers = try Self.numbers.get()
    try expect(square(error).sum(), [scores], isHard ? numbers.hard : numbers.soft, "sort, hard: \(isHard)")
  }
}

extension Node {
  fileprivate var exponentialOfMinus: Node { exp(-self) }
}
