import ChainRule
import Foundation
import Testing

@testable import ChainRuleMathematics

/// Random numbers by moments and by Kolmogorov and Smirnov's distance to distribution functions in closed form; what
/// gamma numbers are made of against mpmath (Tests/Fixtures/Mathematics/distributions.py).
@Suite struct RandomTests {
  struct Numbers: Decodable, Sendable {
    struct Gamma: Decodable, Sendable {
      let a: Double, u: Double, logarithm: Double, slope: Double, byConcentration: Double, byLogarithm: Double
    }
    struct Count: Decodable, Sendable { let rate: Double, u: Double, count: Double }
    let gamma: [Gamma], poisson: [Count]
  }
  static let numbers = Result { try fixture("distributions", Numbers.self) }

  private func isNear(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    abs(a - b) <= tolerance * abs(b)
  }

  @Test func gammaNumbersAndHowTheyMoveAreMpmaths() throws {
    for sample in try Self.numbers.get().gamma {
      let x = GammaTails.quantile(sample.a, sample.u)
      // The probability is what counts: log z may be near 0.
      #expect(abs(x - sample.logarithm) <= 2e-13 * max(1, abs(sample.logarithm)), "\(sample): \(x)")
      // log z and ψ(a) are numbers near 11 that differ by 1e-3 where a is 1e5.
      let tails = GammaTails(sample.a, logarithm: sample.logarithm)
      #expect(isNear(tails.slope, sample.slope, sample.a > 1e4 ? 1e-12 : 2e-13), "\(sample): \(tails.slope)")
      #expect(isNear(tails.slopeByLogarithm, sample.byLogarithm, 1e-9), "\(sample): \(tails.slopeByLogarithm)")
      #expect(
        isNear(tails.slopeByConcentration, sample.byConcentration, 1e-9), "\(sample): \(tails.slopeByConcentration)")
    }
  }

  /// What is no probability, no rate and no deviation has no numbers: NaN and not some of another distribution.
  @Test func parametersOutOfTheirRangeGiveNaN() throws {
    let graph = Graph()
    for wrong in [-1, Double.nan] {
      let p = graph.constant(Tensor(wrong)), zero = graph.constant(Tensor(0.0))
      for node in [
        graph.randomBernoulli(probability: p, shape: [3], seed: 1),
        graph.randomExponential(rate: p, shape: [3], seed: 1),
        graph.randomNormal(mean: zero, standardDeviation: p, shape: [3], seed: 1),
      ] {
        #expect(try node.value().scalars.allSatisfy(\.isNaN))
      }
    }
    #expect(try graph.randomBernoulli(probability: graph.constant(Tensor(1.5)), seed: 1).scalar().isNaN)
    #expect(try graph.randomBernoulli(probability: graph.constant([0, 1]), seed: 1).value().scalars == [0, 1])
    #expect(throws: ChainRuleError.self) {
      try scan(count: .max, from: [graph.constant([1])]) { carried, _ in (carried, []) }
    }
  }

  @Test func countsAreSciPys() throws {
    for sample in try Self.numbers.get().poisson {
      #expect(RandomPoisson.count(sample.rate, sample.u) == sample.count, "\(sample)")
    }
  }

  // MARK: Distributions

  /// The largest distance of the numbers' distribution from one in closed form, times √n: above 1.95 once in 1,000.
  private func distance(_ numbers: [Double], _ below: (Double) -> Double) -> Double {
    let n = Double(numbers.count)
    return n.squareRoot()
      * numbers.sorted().enumerated().reduce(0) {
        max($0, abs(below($1.element) - Double($1.offset) / n), abs(below($1.element) - Double($1.offset + 1) / n))
      }
  }

  private func moments(_ x: [Double]) -> (mean: Double, variance: Double) {
    let mean = x.reduce(0, +) / Double(x.count)
    return (mean, x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count))
  }

  @Test func continuousNumbersFollowTheirDistributions() throws {
    let graph = Graph(), n = 1_500, shape: Shape = [n]
    func number(_ value: Double) -> Node { graph.constant(value) }
    func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    let samples: [(String, Node, (Double) -> Double)] = [
      ("uniform", graph.randomUniform(from: number(2), to: number(5), shape: shape, seed: 1), { ($0 - 2) / 3 }),
      (
        "normal", graph.randomNormal(mean: number(1), standardDeviation: number(2), shape: shape, seed: 2),
        { normal(($0 - 1) / 2) }
      ),
      ("exponential", graph.randomExponential(rate: number(3), shape: shape, seed: 3), { 1 - exp(-3 * $0) }),
      ("gumbel", graph.randomGumbel(shape: shape, seed: 4), { exp(-exp(-$0)) }),
      ("gamma 1/2", graph.randomGamma(concentration: number(0.5), shape: shape, seed: 5), { erf($0.squareRoot()) }),
      ("gamma 1", graph.randomGamma(concentration: number(1), shape: shape, seed: 6), { 1 - exp(-$0) }),
      (
        "gamma 3", graph.randomGamma(concentration: number(3), shape: shape, seed: 7),
        { 1 - exp(-$0) * (1 + $0 + $0 * $0 / 2) }
      ),
      // (z − a)/√a of a large concentration is nearly normal; its skewness 2/√a moves the distribution by 0.4/√a · 1/3.
      (
        "gamma 1e6", (graph.randomGamma(concentration: number(1e6), shape: shape, seed: 8) - 1e6) / 1e3,
        { normal($0) - 2e-3 / 6 * ($0 * $0 - 1) * exp(-$0 * $0 / 2) / (2 * .pi).squareRoot() }
      ),
      ("beta 1, 3", graph.randomBeta(number(1), number(3), shape: shape, seed: 9), { 1 - pow(1 - $0, 3) }),
      ("beta 2, 2", graph.randomBeta(number(2), number(2), shape: shape, seed: 10), { $0 * $0 * (3 - 2 * $0) }),
      (
        "dirichlet 1, 1, 2",
        graph.randomDirichlet(concentration: graph.constant([1, 1, 2]), shape: [n, 3], seed: 11)[..., 0],
        { 1 - pow(1 - $0, 3) }
      ),
    ]
    for (name, node, below) in samples {
      let numbers = try node.value().scalars
      #expect(numbers.count == n)
      #expect(distance(numbers, below) < 1.95, "\(name): \(distance(numbers, below))")
    }
  }

  @Test func countsFollowTheirDistributions() throws {
    let graph = Graph(), n = 5_000, shape: Shape = [n]
    for rate in [0.3, 4, 60] {
      let (mean, variance) = moments(
        try graph.randomPoisson(rate: graph.constant(rate), shape: shape, seed: 12).value().scalars)
      #expect(abs(mean - rate) < 4 * (rate / Double(n)).squareRoot())
      #expect(abs(variance / rate - 1) < 4 * ((2 + 1 / rate) / Double(n)).squareRoot())
    }
    let coin = try graph.randomBernoulli(probability: graph.constant(0.3), shape: shape, seed: 13).value().scalars
    #expect(
      coin.allSatisfy { $0 == 0 || $0 == 1 } && abs(moments(coin).mean - 0.3) < 4 * (0.21 / Double(n)).squareRoot())
    let logits = graph.constant(Tensor([0.1, 0.2, 0.7].map { log($0) })).broadcast(to: [n, 3])
    let classes = try graph.randomCategorical(logits: logits, seed: 14).value().indices
    for (number, probability) in [0.1, 0.2, 0.7].enumerated() {
      let part = Double(classes.count { $0 == number }) / Double(n)
      #expect(abs(part - probability) < 4 * (probability * (1 - probability) / Double(n)).squareRoot())
    }
  }

  @Test func permutationsHoldEveryPlaceOnce() throws {
    let graph = Graph(), order = try graph.randomPermutation(1_000, seed: 15).value().indices
    #expect(order.sorted() == Array(0..<1_000) && order != Array(0..<1_000))
    // How many stay in place is nearly Poisson with rate 1.
    #expect(order.enumerated().count { $0.offset == $0.element } < 7)
    #expect(try graph.randomPermutation(0, seed: 1).value().isEmpty)
    #expect(graph.randomPermutation(-1, seed: 1).error?.origin == "randomPermutation")
  }

  // MARK: Runs

  @Test func numbersDependOnSeedAndCounter() throws {
    func draw(_ graph: Graph, _ seed: UInt64, _ counter: Double) throws -> [[Double]] {
      let c = graph.constant(counter), a = graph.constant([0.7, 2, 9])
      return try [
        graph.randomGamma(concentration: a, seed: seed, counter: c), graph.randomBeta(a, a, seed: seed, counter: c),
        graph.randomDirichlet(concentration: a, seed: seed, counter: c),
        graph.randomPoisson(rate: 1e4 * a, seed: seed, counter: c),
        graph.randomExponential(rate: a, seed: seed, counter: c),
        graph.randomPermutation(20, seed: seed, counter: c),
      ].map { try $0.value().scalars }
    }
    let first = try draw(Graph(), 1, 5)
    #expect(try draw(Graph(), 1, 5) == first)
    for (one, other) in zip(first, try draw(Graph(), 2, 5)) { #expect(one != other) }
    for (one, other) in zip(first, try draw(Graph(), 1, 6)) { #expect(one != other) }
  }

  @Test func everyRunHasNumbersOfItsOwn() throws {
    for graph in [Graph(), Graph(.single)] {
      let a = graph.input("a", [0.5, 3])
      let z = graph.randomGamma(concentration: a, seed: 3), gradient = try z.sum().gradients(withRespectTo: [a])[0]
      let program = try graph.compile(inputs: [a], outputs: [z, gradient])
      let runs = try (0..<3).map { _ in try program.run([[0.5, 3]])[0].scalars }
      #expect(Set(runs).count == 3)
      let again = try graph.compile(inputs: [a], outputs: [z, gradient]).run([[0.5, 3]])[0].scalars
      #expect(again == runs[0])
    }
  }

  // MARK: Gradients

  static let trials: [Trial] = [
    Trial("gamma", [Tensor([0.3, 1, 2.7, 40])]) {
      square($0[0].graph.randomGamma(concentration: $0[0], seed: 1, counter: $0[0].graph.constant(3)))
    },
    Trial("log gamma of small concentrations", [Tensor([0.02, 0.1])], single: 1e-3) {
      sin(0.01 * $0[0].graph.randomLogGamma(concentration: $0[0], seed: 2, counter: $0[0].graph.constant(3)))
    },
    Trial("beta", [Tensor([0.4, 2]), Tensor([1.5, 0.8])]) {
      $0[0].graph.randomBeta($0[0], $0[1], seed: 3, counter: $0[0].graph.constant(3))
    },
    Trial("dirichlet", [Tensor([[0.4, 2, 1], [3, 1, 5]].flatMap { $0 }).reshaped(to: [2, 3])]) {
      log($0[0].graph.randomDirichlet(concentration: $0[0], seed: 4, counter: $0[0].graph.constant(3)))
    },
    Trial("normal", [Tensor([0.4, 2]), Tensor([1.5, 0.8])]) {
      square($0[0].graph.randomNormal(mean: $0[0], standardDeviation: $0[1], seed: 5, counter: $0[0].graph.constant(3)))
    },
    Trial("exponential", [Tensor([0.4, 2])]) {
      $0[0].graph.randomExponential(rate: $0[0], seed: 6, counter: $0[0].graph.constant(3))
    },
    Trial("poisson, which jumps", [Tensor([0.4, 2])]) {
      $0[0] * $0[0].graph.randomPoisson(rate: $0[0], seed: 7, counter: $0[0].graph.constant(3))
    },
  ]

  /// A counter, since a loop has no runs to count.
  @Test(arguments: trials) func agrees(trial: Trial) throws { try trial.agrees() }

  @Test func mistakesStayInTheNode() throws {
    let graph = Graph(), x = graph.constant([1, 2]), y = graph.constant([1, 2, 3])
    #expect(graph.randomBeta(x, y, seed: 1).error?.origin == "randomBeta")
    #expect(graph.randomGamma(concentration: x, shape: [3], seed: 1).error?.origin == "randomGamma")
    #expect(graph.randomNormal(mean: x, standardDeviation: y, seed: 1).error?.origin == "randomNormal")
    #expect(graph.randomCategorical(logits: graph.constant(1), seed: 1).error != nil)
    #expect(graph.randomPoisson(rate: x, shape: [-2], seed: 1).error != nil)
    for wrong in [0, -1, Double.nan, .infinity] {
      #expect(throws: ChainRuleError.self) {
        try graph.randomGamma(concentration: graph.constant(wrong), seed: 1).value()
      }
    }
    for wrong in [-1, Double.nan, .infinity, 1e16] {
      #expect(throws: ChainRuleError.self) { try graph.randomPoisson(rate: graph.constant(wrong), seed: 1).value() }
    }
    for extreme in [1e-300, 1e-9, 1e12, 1e300] {
      let x = try graph.randomLogGamma(concentration: graph.constant(extreme), seed: 1).scalar()
      #expect(x.isFinite)
    }
  }
}

/// Bounds by gamma numbers: a Poisson rate with counts 3, 5, 2, 4 and a gamma prior of concentration 2 and rate 1.
@Suite struct RandomExpectationTests {
  /// E log z = ψ(a) − log b and E z = a/b, so that d/da E(c·log z − n·z) = c·ψ′(a) − n/b and d/db = −c/b + n·a/b².
  @Test func gradientsOfExpectations() throws {
    let graph = Graph(), a = graph.input("a", 3), b = graph.input("b", 1.5), draws = 4_000
    let z = graph.randomGamma(concentration: a, shape: [draws], seed: 21) / b, c = 15.0, n = 5.0
    let each = c * log(z) - n * z
    let gradients = try each.mean().gradients(withRespectTo: [a, b]).map { try $0.scalar() }
    let expected = [c * 0.3949340668482264 - n / 1.5, -c / 1.5 + n * 3 / (1.5 * 1.5)]  // scipy.special.polygamma(1, 3)
    // The spread of one draw's gradient is about 3; four standard errors.
    for (found, exact) in zip(gradients, expected) {
      #expect(abs(found - exact) < 4 * 4 / Double(draws).squareRoot(), "\(gradients), \(expected)")
    }
  }

  /// Where the distribution that is drawn from is the posterior, a gamma of concentration 2 + 14 and rate 1 + 4, every
  /// draw's log p(x, z) − log q(z) is the logarithm of the evidence: scipy's Σ poisson.logpmf + gamma.logpdf − gamma.logpdf.
  @Test func theEvidenceLowerBoundOfAPosteriorIsTheEvidence() throws {
    let graph = Graph(), counts = graph.constant([3, 5, 2, 4]), a = graph.input("a", 16), b = graph.input("b", 5)
    func bound(_ a: Node, _ b: Node) -> Node {
      let z = graph.randomGamma(concentration: a, shape: [50, 1], seed: 22, counter: graph.constant(1)) / b
      let likelihood = poissonLogProbability(counts, rate: z).sum(axes: [1], keepingDimensions: true)
      let prior = gammaLogDensity(z, concentration: graph.constant(2), rate: graph.constant(1))
      return (likelihood + prior - gammaLogDensity(z, concentration: a, rate: b))
    }
    let atPosterior = try bound(a, b).value().scalars
    // 16·log(1/5) + log Γ(16) − Σ log kᵢ! : p(x) = Γ(16)/(Γ(2)·Π kᵢ!)·5⁻¹⁶.
    let evidence =
      -16 * 1.6094379124341003 + 27.899271383840893
      - (1.791759469228055 + 4.787491742782046 + 0.6931471805599453 + 3.1780538303479458)
    for value in atPosterior { #expect(abs(value - evidence) < 1e-12, "\(value), \(evidence)") }
    let away = bound(a * 0.8, b).mean()
    #expect(try away.scalar() < evidence)
    #expect(try checkGradients(of: away, withRespectTo: [a, b], order: 2).verdict == .agree)
  }
}
