import ChainRule
import Testing

/// Normal vectors and Wishart matrices: densities against SciPy, numbers against their moments, gradients by the checker.
@Suite struct MultivariateTests {
  static let covariance: Tensor = [[2, 0.6], [0.6, 1]], mean: Tensor = [0.3, -0.2]

  @Test func densitiesAreSciPys() throws {
    let graph = Graph(), numbers = try LogDensityTests.numbers.get()
    let k = graph.input("k", Self.covariance), m = graph.input("m", Self.mean), x = graph.input("x", [1, 0.5])
    let density = multivariateNormalLogDensity(x, mean: m, covariance: k)
    expect(try [density.scalar()], near: [numbers.multivariateNormal], 1e-15, "normal")
    #expect(try checkGradients(of: density, withRespectTo: [x, m, k], order: 2).verdict == .agree)
    let w = graph.input("w", [[2, 0.3], [0.3, 1]]), v = graph.input("v", [[1.5, 0.2], [0.2, 0.8]])
    let degrees = graph.input("degrees", 4.5),
      wishart = wishartLogDensity(w, degreesOfFreedom: degrees, scaleFactor: cholesky(v))
    expect(try [wishart.scalar()], near: [numbers.wishart], 1e-14, "wishart")
    #expect(try checkGradients(of: wishart, withRespectTo: [w, degrees, v], order: 2).verdict == .agree)
  }

  /// Many vectors with one factor, a factor for each, and a mean for each are the single ones, one by one.
  @Test func batches() throws {
    let graph = Graph(), l = cholesky(graph.constant(Self.covariance)), m = graph.constant(Self.mean)
    let many = sample([2, 3, 2]), x = graph.constant(many)
    let all = try multivariateNormalLogDensity(x, mean: m, choleskyFactor: l).value()
    let each = try multivariateNormalLogDensity(x, mean: m, choleskyFactor: l.broadcast(to: [2, 3, 2, 2])).value()
    #expect(all.shape == [2, 3] && each.shape == [2, 3])
    for place in 0..<6 {
      let one = graph.constant(Tensor(Array(many.scalars[2 * place..<2 * place + 2])))
      let single = try multivariateNormalLogDensity(one, mean: m, choleskyFactor: l).scalar()
      #expect(abs(all.scalars[place] - single) < 1e-14 && abs(each.scalars[place] - single) < 1e-14)
    }
    #expect(multivariateNormalLogDensity(graph.constant([1, 2, 3]), mean: m, choleskyFactor: l).error != nil)
    #expect(multivariateNormalLogDensity(graph.constant(1), mean: graph.constant(1), choleskyFactor: l).error != nil)
    #expect(multivariateNormalLogDensity(x, mean: m, choleskyFactor: graph.constant(sample([2, 3]))).error != nil)
    #expect(graph.randomMultivariateNormal(mean: graph.constant(1), choleskyFactor: l, seed: 1).error != nil)
    #expect(throws: ChainRuleError.self) {
      try multivariateNormalLogDensity(x, mean: m, covariance: graph.constant([[1, 2], [2, 1]])).value()
    }
  }

  @Test func numbersHaveTheirMomentsAndGradients() throws {
    let graph = Graph(), l = graph.input("l", cholesky(graph.constant(Self.covariance)).valueOfTest), n = 4_000
    let m = graph.input("m", Self.mean), counter = graph.constant(3)
    let z = graph.randomMultivariateNormal(mean: m, choleskyFactor: l, shape: [n], seed: 5, counter: counter)
    #expect(z.shape == [n, 2])
    let centered = z - z.mean(axes: [0], keepingDimensions: true)
    let spread = try (centered.transposed().matmul(centered) / Double(n)).value().scalars
    for (found, exact) in zip(spread, Self.covariance.scalars) { #expect(abs(found - exact) < 0.15) }
    for (found, exact) in zip(try z.mean(axes: [0]).value().scalars, Self.mean.scalars) {
      #expect(abs(found - exact) < 0.09)
    }
    let few = graph.randomMultivariateNormal(mean: m, choleskyFactor: l, shape: [3], seed: 5, counter: counter)
    #expect(try checkGradients(of: square(few).sum(), withRespectTo: [m, l], order: 2).verdict == .agree)
    let each = graph.randomMultivariateNormal(
      mean: m, choleskyFactor: l.broadcast(to: [3, 2, 2]), shape: [1], seed: 5, counter: counter)
    #expect(each.shape == [1, 3, 2])
    #expect(try few.value().scalars.elementsEqual(each.value().scalars) { abs($0 - $1) < 1e-15 })
  }

  /// Numbers of more families: their shares below a few places, and gradients that differences confirm.
  @Test func familiesFollowTheirDistributions() throws {
    let graph = Graph(), n = 4_000, shape: Shape = [n]
    func number(_ x: Double) -> Node { graph.constant(x) }
    // Shares below these places: scipy.stats' cdf.
    let families: [(String, Node, [(place: Double, share: Double)])] = [
      (
        "laplace", graph.randomLaplace(location: number(0.5), scale: number(1.7), shape: shape, seed: 1),
        [(-1, 0.20690405), (0.5, 0.5), (2, 0.79309595)]
      ),
      (
        "logistic", graph.randomLogistic(location: number(0.5), scale: number(1.7), shape: shape, seed: 2),
        [(-1, 0.29269043), (0.5, 0.5), (4, 0.88683616)]
      ),
      (
        "cauchy", graph.randomCauchy(location: number(0.5), scale: number(1.7), shape: shape, seed: 3),
        [(-1, 0.26986852), (0.5, 0.5), (4, 0.85607496)]
      ),
      (
        "weibull", graph.randomWeibull(concentration: number(2.4), scale: number(1.7), shape: shape, seed: 4),
        [(1, 0.24410156), (1.7, 0.63212056), (2.5, 0.91981)]
      ),
      (
        "pareto", graph.randomPareto(concentration: number(2.4), scale: number(1.7), shape: shape, seed: 5),
        [(1.8, 0.12818688), (2.5, 0.60370245), (5, 0.92491565)]
      ),
      (
        "chi squared", graph.randomChiSquared(degreesOfFreedom: number(3.4), shape: shape, seed: 6),
        [(1, 0.14661115), (3, 0.54012258), (8, 0.93804241)]
      ),
      (
        "student", graph.randomStudentT(degreesOfFreedom: number(3.4), shape: shape, seed: 7),
        [(-1, 0.19153176), (0, 0.5), (2.5, 0.9610961)]
      ),
      (
        "truncated",
        graph.randomTruncatedNormal(
          mean: number(0.5), standardDeviation: number(1.7), from: number(3), to: number(6), shape: shape, seed: 8),
        [(3.2, 0.20807418), (4, 0.72682288), (5, 0.95074913)]
      ),
      (
        "geometric", graph.randomGeometric(probability: number(0.3), shape: shape, seed: 9),
        [(1.5, 0.3), (2.5, 0.51), (5.5, 0.83193)]
      ),
    ]
    for (name, node, places) in families {
      let numbers = try node.value().scalars
      for (place, share) in places {
        let below = Double(numbers.count { $0 < place }) / Double(n)
        #expect(
          abs(below - share) < 4 * (share * (1 - share) / Double(n)).squareRoot(), "\(name) at \(place): \(below)")
      }
    }
  }

  static let trials: [Trial] = [
    Trial("laplace, logistic", [Tensor([0.4, 2]), Tensor([1.5, 0.8])]) {
      let (graph, c) = ($0[0].graph, $0[0].graph.constant(3))
      return graph.randomLaplace(location: $0[0], scale: $0[1], seed: 1, counter: c)
        * graph.randomLogistic(location: $0[0], scale: $0[1], seed: 2, counter: c)
    },
    Trial("weibull, pareto", [Tensor([0.4, 2]), Tensor([1.5, 0.8])]) {
      let (graph, c) = ($0[0].graph, $0[0].graph.constant(3))
      return log(graph.randomWeibull(concentration: $0[0], scale: $0[1], seed: 3, counter: c))
        * log(graph.randomPareto(concentration: $0[0], scale: $0[1], seed: 4, counter: c))
    },
    Trial("student", [Tensor([1.4, 4])]) {
      square($0[0].graph.randomStudentT(degreesOfFreedom: $0[0], seed: 5, counter: $0[0].graph.constant(3)))
    },
    Trial("truncated", [Tensor([0.4, 2]), Tensor([1.5, 0.8]), Tensor([0.1, 3]), Tensor([2, 5])]) {
      $0[0].graph.randomTruncatedNormal(
        mean: $0[0], standardDeviation: $0[1], from: $0[2], to: $0[3], seed: 6, counter: $0[0].graph.constant(3))
    },
  ]

  @Test(arguments: trials) func agrees(trial: Trial) throws { try trial.agrees() }
}

extension Node {
  fileprivate var valueOfTest: Tensor { (try? value()) ?? Tensor(.nan) }
}
