import ChainRule
import Testing

/// What stands beside the examples that everybody names, in closed form.
@Suite struct RelativesOfTransformationsTests {
  private let graph = Graph()

  // MARK: Loops

  @Test func fibonacciNumbersAndTheirSlopes() throws {
    let (a, b) = (graph.input("a", 0), graph.input("b", 1))
    let last = try scan(count: 30, from: [a, b]) { carried, _ in ([carried[1], carried[0] + carried[1]], []) }.last[0]
    #expect(try last.scalar() == 832_040)
    // F₃₀ = F₂₉·a + F₃₀·b
    #expect(try last.gradients(withRespectTo: [a, b]).map { try $0.scalar() } == [514_229, 832_040])
  }

  @Test func hornersRuleBackwards() throws {
    let x = graph.input("x", 1.5), coefficients = graph.input("c", [4, -3, 2, 1])
    let p = try scan(over: coefficients, from: [graph.constant(0)], reversed: true) { carried, c in
      ([carried[0] * x + c], [])
    }.last[0]
    expectClose(try p.scalar(), 4 - 4.5 + 4.5 + 3.375)
    expectClose(try p.gradients(withRespectTo: [x])[0].scalar(), -3 + 6 + 3 * 2.25)
    #expect(try p.gradients(withRespectTo: [coefficients])[0].value().scalars == [1, 1.5, 2.25, 3.375])
  }

  /// The arithmetic-geometric mean: π/2·x/AGM(1, √(1 − k²)) is an elliptic integral. AGM(1, 0.5) = 0.72839551552345…
  @Test func arithmeticGeometricMean() throws {
    let k = graph.input("k", 0.5)
    let mean = try whileLoop(
      from: [graph.constant(1), k], bound: 20, while: { abs($0[0] - $0[1]) .> 1e-15 },
      { [0.5 * ($0[0] + $0[1]), sqrt($0[0] * $0[1])] })[0]
    expectClose(try mean.scalar(), 0.7283955155234534, 1e-14)
    let report = try checkGradients(of: mean, withRespectTo: [k])
    #expect(report.verdict == .agree, "\(report)")
  }

  // MARK: Batches

  @Test func allPairsOfDistances() throws {
    let points = graph.input("points", [[0, 0], [3, 4], [6, 8]])
    let distances = try vectorized { p in try vectorized { q in square(p - q).sum() }(points) }(points)
    #expect(try distances.value().scalars == [0, 25, 100, 25, 0, 25, 100, 25, 0])
    // Σᵢⱼ |pᵢ − pⱼ|²: the gradient is 4 Σⱼ (pᵢ − pⱼ).
    let slope = try distances.sum().gradients(withRespectTo: [points])[0]
    #expect(try slope.value().scalars == [-36, -48, 0, 0, 36, 48])
  }

  @Test func anEnsembleOfModels() throws {
    let weights = graph.input("weights", [[[1, 2], [3, 4]], [[0, 1], [1, 0]]]), x = graph.input("x", [1, -1])
    let outputs = try vectorized(over: (0, nil)) { w, x in relu(w.matmul(x)) }(weights, x)
    #expect(try outputs.value().scalars == [0, 0, 0, 1])
  }

  @Test func aHessianByBatches() throws {
    let x = graph.input("x", [0.5, -1, 2]), f = (pow(x, 3) * x.flipped(axes: [0])).sum()
    let gradient = try f.gradients(withRespectTo: [x])[0]
    let rows = try vectorized { direction in try gradient.tangent(along: [(x, direction)]) }(
      graph.constant([[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    try expectClose(rows, try f.hessian(withRespectTo: [x])[0][0])
  }

  // MARK: Implicit functions

  /// W(x)·e^W = x; W(1) = 0.56714329…, W′ = W/(x(1 + W)).
  @Test func lambertsFunction() throws {
    let x = graph.input("x", 1), w = try root(from: graph.constant(0.5), parameters: [x]) { w, p in w * exp(w) - p[0] }
    expectClose(try w.scalar(), 0.5671432904097838, 1e-14)
    let slope = try w.gradients(withRespectTo: [x])[0]
    expectClose(try slope.scalar(), 0.5671432904097838 / 1.5671432904097838)
  }

  /// Kepler's equation M = E − e·sin E: dE/dM = 1/(1 − e·cos E).
  @Test func keplersEquation() throws {
    let m = graph.input("M", 0.8), e = graph.constant(0.3)
    let anomaly = try fixedPoint(from: m, parameters: [m]) { x, p in p[0] + e * sin(x) }
    try expectClose(anomaly - 0.3 * sin(anomaly), m)
    try expectClose(try anomaly.gradients(withRespectTo: [m])[0], 1 / (1 - 0.3 * cos(anomaly)))
  }

  /// A pendulum keeps its energy; a harmonic oscillator comes back after 2π.
  @Test func oscillators() throws {
    let start = graph.input("start", [1, 0]), times = graph.constant([0, 2 * Double.pi])
    let y = try odeint(from: start, at: times, relative: 1e-11, absolute: 1e-12) { _, y, _ in stack([y[1], -y[0]]) }
    try expectClose(y[1], start, 1e-9)
    // The map over a period is the identity, and so is its derivative.
    try expectClose(try y[1].jacobian(withRespectTo: start), graph.constant([[1, 0], [0, 1]]), 1e-8)
    let swing = try odeint(from: start, at: graph.constant([0, 1, 5]), relative: 1e-11) { _, y, _ in
      stack([y[1], -sin(y[0])])
    }
    let energy = 0.5 * square(swing[0..., 1]) - cos(swing[0..., 0])
    for value in try energy.value().scalars { expectClose(value, -0.5403023058681398, 1e-9) }
  }

  // MARK: Gradients of one's own, series, structure

  @Test func aReversedGradient() throws {
    let x = graph.input("x", [0.5, 2])
    let y = (square(x).scalingGradient(by: -1)).sum()
    #expect(try y.gradients(withRespectTo: [x])[0].value().scalars == [-1, -4])
    #expect(try checkGradients(of: y, withRespectTo: [x]).verdict == .disagree)
  }

  /// Bernoulli numbers: x/(eˣ − 1) = Σ Bₙ xⁿ/n!, around 1 to stay clear of 0/0: against nested tangents.
  @Test func seriesOfQuotientsAndCompositions() throws {
    let x = graph.input("x", 1), f = x / expm1(x)
    let series = try f.series(along: [(x, 1)], order: 6)
    var nested = f, factorial = 1.0
    for k in 1...6 {
      nested = try nested.tangent(along: [(x, 1)])
      factorial *= Double(k)
      try expectClose(series[k] * factorial, nested, 1e-10)
    }
    // arcsin at 0: 1, 0, 1/6, 0, 3/40, 0, 15/336.
    let y = graph.input("y", 0)
    let odd = try asin(y).series(along: [(y, 1)], order: 7).map { try $0.scalar() }
    for (found, wanted) in zip(odd, [0, 1, 0, 1 / 6.0, 0, 3 / 40.0, 0, 15 / 336.0]) { expectClose(found, wanted) }
  }

  @Test func anEquationOfHeatInTwoDimensions() throws {
    let n = 12, u = graph.input("u", Tensor(shape: [n, n], (0..<n * n).map { 0.01 * Double($0 % 17) }))
    let inner = u[1..<n - 1, 1..<n - 1]
    let f =
      u[0..<n - 2, 1..<n - 1] + u[2..<n, 1..<n - 1] + u[1..<n - 1, 0..<n - 2] + u[1..<n - 1, 2..<n] - 4 * inner
      + square(inner)
    let j = try f.jacobian(withRespectTo: u, structure: .detected)
    #expect(j.rows.count == 5 * (n - 2) * (n - 2))
    #expect(j.passes <= 8)
    let dense = try f.jacobian(withRespectTo: u).value().scalars
    for (x, y) in zip(try j.dense().scalars, dense) { expectClose(x, y) }
  }
}
