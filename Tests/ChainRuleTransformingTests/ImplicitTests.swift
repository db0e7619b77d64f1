import ChainRule
import Testing

/// Solutions of equations and their gradients, against closed forms and unrolled iterations.
@Suite struct ImplicitTests {
  @Test func fixedPointOfNewtonsRule() throws {
    let graph = Graph(), a = graph.input("a", [2, 9, 0.25]), start = graph.constant([1, 1, 1])
    let root = try fixedPoint(from: start, parameters: [a]) { x, p in (x + p[0] / x) / 2 }
    try expectClose(root, sqrt(a))
    let (f, g) = (try root.sum().gradients(withRespectTo: [a])[0], 0.5 / sqrt(a))
    try expectClose(f, g)
    try expectClose(try f.sum().gradients(withRespectTo: [a])[0], -0.25 / (a * sqrt(a)), 1e-10)
    try expectClose(try root.tangent(along: [(a, [1, 2, 3])]), g * graph.constant([1, 2, 3]))
    let report = try checkGradients(of: (root * root * root).sum(), withRespectTo: [a])
    #expect(report.verdict == .agree, "\(report)")
  }

  @Test func aDeepEquilibriumLayer() throws {
    let graph = Graph(), w = graph.input("W", [[0.3, -0.2], [0.1, 0.4]]), b = graph.input("b", [0.5, -0.3])
    let x = graph.input("x", [1, 2])
    // What the function reads from outside has its gradient, too.
    let z = try fixedPoint(from: graph.constant([0, 0])) { z, _ in tanh(w.matmul(z) + b + 0.5 * x) }
    let unrolled = (0..<80).reduce(graph.constant([0, 0])) { z, _ in tanh(w.matmul(z) + b + 0.5 * x) }
    try expectClose(z, unrolled)
    let (p, q) = (
      try z.sum().gradients(withRespectTo: [w, b, x]), try unrolled.sum().gradients(withRespectTo: [w, b, x])
    )
    for (a, b) in zip(p, q) { try expectClose(a, b, 1e-11) }
    let (r, s) = (
      try (p[0] * p[0]).sum().gradients(withRespectTo: [x])[0], try (q[0] * q[0]).sum().gradients(withRespectTo: [x])[0]
    )
    try expectClose(r, s, 1e-10)
  }

  @Test func rootsOfSystems() throws {
    // x² + y² = r², y = c·x: x = r/√(1 + c²).
    let graph = Graph(), r = graph.input("r", 2), c = graph.input("c", 0.75)
    let point = try root(from: graph.constant([1, 1]), parameters: [r, c]) { z, p in
      stack([square(z[0]) + square(z[1]) - square(p[0]), z[1] - p[1] * z[0]])
    }
    try expectClose(point, graph.constant([1.6, 1.2]))
    let gradients = try point[0].gradients(withRespectTo: [r, c])
    expectClose(try gradients[0].scalar(), 0.8)
    expectClose(try gradients[1].scalar(), -2 * 0.75 / 1.5625 / 1.25)
  }

  @Test func ridgeByItsMinimum() throws {
    // w(λ) = (XᵀX + λI)⁻¹Xᵀy; the gradient of a validation loss by λ against differences in closed form.
    let graph = Graph(), lambda = graph.input("λ", 0.3)
    let x = graph.constant([[1, 2], [3, -1], [0.5, 1.5]]), y = graph.constant([1, 2, 0.5])
    let w = try argmin(from: graph.constant([0, 0]), parameters: [lambda]) { w, p in
      square(x.matmul(w) - y).sum() + p[0] * square(w).sum()
    }
    func closed(_ l: Double) -> (Double, Double) {
      let (a, b, d) = (1 + 9 + 0.25 + l, 2 - 3 + 0.75, 4 + 1 + 2.25 + l), (p, q) = (1 + 6 + 0.25, 2 - 2 + 0.75)
      let det = a * d - b * b
      return ((d * p - b * q) / det, (a * q - b * p) / det)
    }
    let exact = closed(0.3)
    try expectClose(w, graph.constant([exact.0, exact.1]))
    let loss = square(w - graph.constant([0.6, 0.1])).sum(), slope = try loss.gradients(withRespectTo: [lambda])[0]
    func validation(_ l: Double) -> Double {
      let (a, b) = closed(l)
      return (a - 0.6) * (a - 0.6) + (b - 0.1) * (b - 0.1)
    }
    expectClose(try slope.scalar(), (validation(0.3 + 1e-5) - validation(0.3 - 1e-5)) / 2e-5, 1e-8)
  }

  @Test func minimaUnderConstraints() throws {
    // Σ p log p − a·p on the simplex: the softmax of a.
    let graph = Graph(), a = graph.input("a", [0.3, -1, 0.8])
    let p = try argmin(from: graph.constant([0.3, 0.3, 0.4]), parameters: [a], subjectTo: { p, _ in p.sum() - 1 }) {
      p, q in (p * log(p)).sum() - (p * q[0]).sum()
    }
    try expectClose(p, softmax(a), 1e-11)
    let weights = graph.constant([1, 2, -1])
    try expectClose(
      try (p * weights).sum().gradients(withRespectTo: [a])[0],
      try (softmax(a) * weights).sum().gradients(withRespectTo: [a])[0], 1e-10)
  }

  @Test(arguments: [SolveMethod.gmres, .conjugateGradients]) func solves(method: SolveMethod) throws {
    let graph = Graph(), a = graph.input("a", [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 5]]), b = graph.input("b", [1, 2, 3])
    let x = try solveLinear(b, method: method) { v in a.matmul(v) }
    try expectClose(a.matmul(x), b)
    // x = A⁻¹b: ∂(c·x)/∂b = A⁻ᵀc, ∂/∂A = −(A⁻ᵀc) xᵀ.
    let c = graph.constant([0.5, -1, 2]), y = try solveLinear(c, method: method) { v in a.transposed().matmul(v) }
    let gradients = try (c * x).sum().gradients(withRespectTo: [b, a])
    try expectClose(gradients[0], y)
    try expectClose(gradients[1], -(y.reshaped(to: [3, 1]) * x))
    let report = try checkGradients(of: (x * x).sum(), withRespectTo: [a, b], order: 2)
    #expect(report.verdict == .agree, "\(report)")
  }

  @Test func mistakesSayWhatHappened() throws {
    let graph = Graph(), x = graph.input("x", 1)
    #expect(
      message { _ = try fixedPoint(from: x) { x, _ in 2 * x + 1 }.value() }.contains("a search that converges to"))
    #expect(message { _ = try root(from: x) { x, _ in x * x + 1 }.value() }.hasPrefix("root: required"))
    #expect(message { _ = try fixedPoint(from: x) { x, _ in stack([x, x]) } }.contains("a value of the shape []"))
    #expect(message { _ = try argmin(from: x) { x, _ in stack([x, x]) } }.contains("one number to minimize"))
    #expect(message { _ = try argmin(from: x) { x, _ in x.graph.constant(1) } }.contains("no path from it"))
    #expect(
      message { _ = try solveLinear(stack([x, 2 * x])) { v in (v.sum() + v * 0) }.value() }.contains(
        "a system that can be")
    )
    #expect(
      message { _ = try solveLinear(stack([x, x]), method: .conjugateGradients) { -$0 }.value() }
        .contains("symmetric positive definite"))
    #expect(message { _ = try solveLinear(x, iterations: -1) { $0 } }.contains("at least one iteration"))
    #expect(
      message { _ = try odeint(from: x, at: graph.constant([0, 1]), steps: 3) { _, y, _ in 1e3 * y }.value() }
        .contains("within 3 steps"))
  }

  @Test func aStationaryPointThatIsNoMinimumIsRefused() throws {
    let graph = Graph()
    #expect(
      message { _ = try argmin(from: graph.constant(0)) { x, _ in cos(x) }.value() }.contains("ends at a minimum"))
    let saddle = message {
      _ = try argmin(from: graph.constant([0.5, 0])) { z, _ in square(z[0]) - square(z[1]) + pow(z[1], 4) }.value()
    }
    #expect(saddle.contains("ends at a minimum"))
    let x = try argmin(from: graph.constant([3, -2])) { z, _ in square(z).sum() }
    #expect(try x.value().scalars.allSatisfy { abs($0) < 1e-12 })
  }

  /// The Hilbert matrix of order 8: condition 1.5e10. A⁻¹·1 = [−8, 504, −7560, 46200, −138600, 216216, −168168, 51480].
  @Test func illConditionedSystems() throws {
    let graph = Graph(), n = 8
    let a = graph.constant(Tensor(shape: [n, n], (0..<n * n).map { 1 / Double($0 / n + $0 % n + 1) }))
    let b = graph.constant(Tensor(shape: [n], repeating: 1)), x = try solveLinear(b) { a.matmul($0) }
    let exact: [Double] = [-8, 504, -7560, 46200, -138600, 216216, -168168, 51480]
    for (found, wanted) in zip(try x.value().scalars, exact) { expectClose(found / wanted, 1, 1e-4) }
  }

  // MARK: Differential equations

  @Test func settingsAndTimesAreJudged() throws {
    let graph = Graph(), y = graph.input("y", [1])
    func solved(_ times: [Double], _ relative: Double = 1e-8, steps: Int = 100) -> String {
      message {
        _ = try odeint(from: y, at: graph.constant(times), relative: relative, absolute: relative, steps: steps) {
          _, y, _ in -y
        }.value()
      }
    }
    #expect(solved([0, 1]).isEmpty)
    #expect(solved([0, 1], -1).contains("tolerances of at least 0"))
    #expect(solved([0, 1], steps: 0).contains("at least one step"))
    #expect(solved([0, .nan]).contains("odeint: required"))
    #expect(solved([0, 1], steps: 2).contains("Raise steps:"))
  }

  /// A trial step may leave the domain: it is taken again, shorter.
  @Test func trialsOutsideTheDomain() throws {
    let graph = Graph(), start = graph.constant([1])
    // y′ = −√y: y(t) = (1 − t/2)².
    let y = try odeint(from: start, at: graph.constant([0, 1.9])) { _, y, _ in -sqrt(y) }
    expectClose(try y[1, 0].scalar(), 0.0025, 1e-6)
  }

  @Test(arguments: [ODEAdjoint.discrete, .continuous]) func exponentialDecay(adjoint: ODEAdjoint) throws {
    let graph = Graph(), y0 = graph.input("y0", [1, 2]), k = graph.input("k", 0.7)
    let times = graph.input("t", [0, 0.5, 2])
    let y = try odeint(from: y0, at: times, parameters: [k], relative: 1e-11, absolute: 1e-13, adjoint: adjoint) {
      _, y, p in -p[0] * y
    }
    let exact = y0 * exp(-k * (times - times[0]).reshaped(to: [3, 1]))
    try expectClose(y, exact, 1e-10)
    let weights = graph.constant([[1, -1], [2, 0.5], [-0.3, 1]])
    let (p, q) = (
      try (y * weights).sum().gradients(withRespectTo: [y0, k, times]),
      try (exact * weights).sum().gradients(withRespectTo: [y0, k, times])
    )
    for (a, b) in zip(p, q) { try expectClose(a, b, 1e-8) }
  }

  @Test func predatorsAndPrey() throws {
    // x′ = αx − βxy, y′ = δxy − γy keeps V = δx − γ log x + βy − α log y.
    let graph = Graph(), p = graph.input("p", [1.1, 0.4, 0.1, 0.4]), start = graph.input("start", [10, 5])
    let times = graph.constant(Tensor((0...20).map { 0.5 * Double($0) }))
    func solved(_ adjoint: ODEAdjoint) throws -> Node {
      try odeint(from: start, at: times, parameters: [p], adjoint: adjoint) { _, z, q in
        let (x, y, p) = (z[0], z[1], q[0])
        return stack([p[0] * x - p[1] * x * y, p[2] * x * y - p[3] * y])
      }
    }
    let z = try solved(.discrete), (x, y) = (z[0..., 0], z[0..., 1])
    let kept = 0.1 * x - 0.4 * log(x) + 0.4 * y - 1.1 * log(y)
    for value in try kept.value().scalars { expectClose(value, try kept[0].scalar(), 1e-6) }
    let discrete = try square(z).sum().gradients(withRespectTo: [p, start])
    let continuous = try square(solved(.continuous)).sum().gradients(withRespectTo: [p, start])
    for (a, b) in zip(discrete, continuous) { try expectClose(a, b, 1e-5) }
  }
}
