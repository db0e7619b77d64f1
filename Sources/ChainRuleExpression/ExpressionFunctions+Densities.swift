import ChainRuleCore
import ChainRuleMathematics

// More densities and probabilities as functions of the expression language.
extension ExpressionFunction {
  /// A function of its operands in their order.
  private static func of(
    _ name: String, _ operands: String..., function: @escaping @Sendable ([Node]) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction("\(name)(\(operands.joined(separator: ", ")))", takes: .exactly(operands.count)) {
      function($0.nodes)
    }
  }

  static let moreDensities: [ExpressionFunction] = ofNumbers + ofCounts

  private static let ofNumbers: [ExpressionFunction] = [
    of("logisticLogDensity", "x", "location", "scale") { logisticLogDensity($0[0], location: $0[1], scale: $0[2]) },
    of("gumbelLogDensity", "x", "location", "scale") { gumbelLogDensity($0[0], location: $0[1], scale: $0[2]) },
    of("weibullLogDensity", "x", "concentration", "scale") {
      weibullLogDensity($0[0], concentration: $0[1], scale: $0[2])
    },
    of("paretoLogDensity", "x", "concentration", "scale") {
      paretoLogDensity($0[0], concentration: $0[1], scale: $0[2])
    },
    of("halfNormalLogDensity", "x", "scale") { halfNormalLogDensity($0[0], scale: $0[1]) },
    of("halfCauchyLogDensity", "x", "scale") { halfCauchyLogDensity($0[0], scale: $0[1]) },
    of("inverseGammaLogDensity", "x", "concentration", "scale") {
      inverseGammaLogDensity($0[0], concentration: $0[1], scale: $0[2])
    },
    of("chiSquaredLogDensity", "x", "degrees") { chiSquaredLogDensity($0[0], degreesOfFreedom: $0[1]) },
    of("fisherLogDensity", "x", "m", "n") { fisherLogDensity($0[0], $0[1], $0[2]) },
    of("generalizedNormalLogDensity", "x", "exponent", "location", "scale") {
      generalizedNormalLogDensity($0[0], exponent: $0[1], location: $0[2], scale: $0[3])
    },
    of("kumaraswamyLogDensity", "x", "a", "b") { kumaraswamyLogDensity($0[0], $0[1], $0[2]) },
    of("wrappedCauchyLogDensity", "x", "concentration") { wrappedCauchyLogDensity($0[0], concentration: $0[1]) },
    of("truncatedNormalLogDensity", "x", "mean", "deviation", "lower", "upper") {
      truncatedNormalLogDensity($0[0], mean: $0[1], standardDeviation: $0[2], from: $0[3], to: $0[4])
    },
    of("multivariateNormalLogDensity", "x", "mean", "covariance") {
      multivariateNormalLogDensity($0[0], mean: $0[1], covariance: $0[2])
    },
  ]

  private static let ofCounts: [ExpressionFunction] = [
    of("geometricLogProbability", "k", "logit") { geometricLogProbability($0[0], logit: $0[1]) },
    of("negativeBinomialLogProbability", "k", "count", "logit") {
      negativeBinomialLogProbability($0[0], count: $0[1], logit: $0[2])
    },
    of("betaBinomialLogProbability", "k", "count", "a", "b") {
      betaBinomialLogProbability($0[0], count: $0[1], $0[2], $0[3])
    },
    of("multinomialLogProbability", "counts", "logits") { multinomialLogProbability($0[0], logits: $0[1]) },
  ]
}
