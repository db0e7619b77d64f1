import ChainRule
import Testing

/// Densities against SciPy (Tests/Fixtures/Mathematics/distributions.py), with their gradients.
@Suite struct LogDensityTests {
  struct Numbers: Decodable, Sendable {
    struct Density: Decodable, Sendable { let name: String, x: [Double], parameters: [Double], values: [Double] }
    let densities: [Density]
    let multivariateNormal: Double, wishart: Double
  }
  static let numbers = Result { try fixture("distributions", Numbers.self) }

  /// Each with its parameters as nodes of rank 0.
  static let functions: [String: @Sendable (_ x: Node, _ parameters: [Node]) -> Node] = [
    "normal": { normalLogDensity($0, mean: $1[0], standardDeviation: $1[1]) },
    "logNormal": { logNormalLogDensity($0, mean: $1[0], standardDeviation: $1[1]) },
    "uniform": { uniformLogDensity($0, from: $1[0], to: $1[1]) },
    "exponential": { exponentialLogDensity($0, rate: $1[0]) },
    "cauchy": { cauchyLogDensity($0, location: $1[0], scale: $1[1]) },
    "laplace": { laplaceLogDensity($0, location: $1[0], scale: $1[1]) },
    "gamma": { gammaLogDensity($0, concentration: $1[0], rate: $1[1]) },
    "beta": { betaLogDensity($0, $1[0], $1[1]) },
    "dirichlet": { dirichletLogDensity($0, concentration: stack($1)).reshaped(to: [1]) },
    "studentT": { studentTLogDensity($0, degreesOfFreedom: $1[0], location: $1[1], scale: $1[2]) },
    "poisson": { poissonLogProbability($0, rate: $1[0]) },
    "binomial": { binomialLogProbability($0, count: $1[0], logit: $1[1]) },
    "vonMises": { vonMisesLogDensity($0, location: $1[0], concentration: $1[1]) },
    "logistic": { logisticLogDensity($0, location: $1[0], scale: $1[1]) },
    "gumbel": { gumbelLogDensity($0, location: $1[0], scale: $1[1]) },
    "weibull": { weibullLogDensity($0, concentration: $1[0], scale: $1[1]) },
    "pareto": { paretoLogDensity($0, concentration: $1[0], scale: $1[1]) },
    "halfNormal": { halfNormalLogDensity($0, scale: $1[0]) },
    "halfCauchy": { halfCauchyLogDensity($0, scale: $1[0]) },
    "inverseGamma": { inverseGammaLogDensity($0, concentration: $1[0], scale: $1[1]) },
    "chiSquared": { chiSquaredLogDensity($0, degreesOfFreedom: $1[0]) },
    "fisher": { fisherLogDensity($0, $1[0], $1[1]) },
    "generalizedNormal": { generalizedNormalLogDensity($0, exponent: $1[0], location: $1[1], scale: $1[2]) },
    "kumaraswamy": { kumaraswamyLogDensity($0, $1[0], $1[1]) },
    "wrappedCauchy": { wrappedCauchyLogDensity($0, concentration: $1[0]) },
    "truncatedNormal": {
      truncatedNormalLogDensity($0, mean: $1[0], standardDeviation: $1[1], from: $1[2], to: $1[3])
    },
    "geometric": { geometricLogProbability($0, logit: $1[0]) },
    "negativeBinomial": { negativeBinomialLogProbability($0, count: $1[0], logit: $1[1]) },
    "betaBinomial": { betaBinomialLogProbability($0, count: $1[0], $1[1], $1[2]) },
    "multinomial": { multinomialLogProbability($0, logits: stack($1)).reshaped(to: [1]) },
    "bernoulli": { bernoulliLogProbability($0, logit: $1[0]) },
  ]

  /// Far out log(1 + z²) is 2 log |z|: Cauchy −2 log z − log π, Student's with three degrees of freedom −4/z for a slope.
  @Test func farOutWhereTheSquareHasNoNumber() throws {
    for (z, logarithm, precision) in [
      (1e25, 57.56462732485114, Graph.Precision.single), (1e200, 460.51701859880916, .double),
    ] {
      let graph = Graph(precision), x = graph.input("x", Tensor(z)), one = graph.constant(Tensor(1.0)), zero = 0 * one
      let cauchy = cauchyLogDensity(x, location: zero, scale: one)
      let student = studentTLogDensity(x, degreesOfFreedom: 3 * one, location: zero, scale: one)
      #expect(abs(try cauchy.scalar() + 2 * logarithm + 1.1447298858494002) < 1e-4)
      #expect(abs(try cauchy.gradients(withRespectTo: [x])[0].scalar() * z + 2) < 1e-6)
      #expect(abs(try student.gradients(withRespectTo: [x])[0].scalar() * z + 4) < 1e-6)
    }
  }

  @Test func densitiesAreSciPys() throws {
    for sample in try Self.numbers.get().densities {
      let density = try #require(Self.functions[sample.name])
      let graph = Graph(), x = graph.input("x", Tensor(sample.x))
      let parameters = sample.parameters.enumerated().map { graph.input("p\($0)", $1) }, y = density(x, parameters)
      expect(try y.value().scalars, near: sample.values, 1e-14, sample.name)
      let inside = sample.values.indices.filter { sample.values[$0].isFinite }
      let total = y.gathered(at: graph.constant(Tensor(indices: inside))).sum()
      // No path leads from x to a uniform density, and counts do not move.
      let counts = ["poisson", "binomial", "geometric", "negativeBinomial", "betaBinomial", "multinomial"]
      let moves = sample.name != "uniform" && !counts.contains(sample.name)
      let counted = ["binomial", "betaBinomial"].contains(sample.name)
      let moving = (counted ? Array(parameters.dropFirst()) : parameters) + (moves ? [x] : [])
      // Far out in a tail a second derivative that is 0 lies below the rounding of differences.
      let isFarOut = sample.name == "truncatedNormal" && sample.x[0] > 10
      let report = try checkGradients(of: total, withRespectTo: moving, order: isHeavy && !isFarOut ? 2 : 1)
      #expect(report.verdict == .agree, "\(sample.name): \(report)")
    }
  }

  @Test func outsideIsNoDensityAndNoGradient() throws {
    let graph = Graph(), x = graph.input("x", [-1, 0, 3]), one = graph.constant(1)
    for density in [
      logNormalLogDensity(x, mean: one, standardDeviation: one), exponentialLogDensity(x, rate: one),
    ] {
      #expect(try density.value().scalars[0] == -.infinity)
      #expect(try density[0].gradients(withRespectTo: [x])[0].value().scalars == [0, 0, 0])
    }
    #expect(try uniformLogDensity(x, from: one, to: 3 * one).value().scalars[0] == -.infinity)
  }

  @Test func classesAreChosenByLogits() throws {
    let graph = Graph(), logits = graph.input("logits", [[1, 2, 3], [0, 0, 0]])
    let classes = graph.constant(Tensor(indices: [2, 0])), y = categoricalLogProbability(classes, logits: logits)
    // log_softmax of scipy.special
    expect(try y.value().scalars, near: [-0.4076059644443806, -1.0986122886681098], 1e-15, "categorical")
    #expect(try checkGradients(of: y.sum(), withRespectTo: [logits], order: 2).verdict == .agree)
  }
}
