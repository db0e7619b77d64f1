import ChainRuleCore

/// s ← s + g², θ ← θ − η′ g / (√s + ε), with η′ = η / (1 + (t − 1) decay): each element's rate falls with what it has
/// moved. Source: Duchi, Hazan and Singer 2011.
public struct AdaGrad: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// How much the rate falls with each step, in 1 / (1 + (t − 1) decay).
  public var rateDecay: Double
  /// ε, which keeps the denominator from 0.
  public var epsilon: Double
  /// λ, added to the gradient as λ θ.
  public var weightDecay: Double
  /// Where s starts.
  public var initialSum: Double
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings; the defaults are those of PyTorch.
  public init(
    learningRate: Double = 0.01, rateDecay: Double = 0, epsilon: Double = 1e-10, weightDecay: Double = 0,
    initialSum: Double = 0, maximizes: Bool = false
  ) {
    (self.learningRate, self.rateDecay, self.epsilon) = (learningRate, rateDecay, epsilon)
    (self.weightDecay, self.initialSum, self.maximizes) = (weightDecay, initialSum, maximizes)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(
      [
        "learningRate": learningRate, "rateDecay": rateDecay, "epsilon": epsilon, "weightDecay": weightDecay,
        "initialSum": initialSum,
      ], of: self)
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = WeightDecay(strength: weightDecay).squarableGradient(
      gradient, of: parameter, maximizes: maximizes, isSummed: true)
    let sum = step["sum", startingAt: initialSum] + square(g)
    step["sum", startingAt: initialSum] = sum
    let rate = rateDecay == 0 ? step.learningRate : step.learningRate / (1 + rateDecay * (step.number - 1))
    return parameter - rate * (g / (sqrt(sum) + epsilon))
  }
}
