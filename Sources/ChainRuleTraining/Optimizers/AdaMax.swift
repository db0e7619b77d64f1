import ChainRuleCore

/// Adam with the largest recent gradient instead of its mean square: u ← max(β₂ u, |g| + ε), θ ← θ − η m̂ / u.
/// Source: Kingma and Ba 2015, algorithm 2.
public struct AdaMax: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// β₁, how much of the mean gradient each step keeps.
  public var beta1: Double
  /// β₂, how much of the largest gradient each step keeps.
  public var beta2: Double
  /// ε, added to |g|, which keeps the denominator from 0.
  public var epsilon: Double
  /// λ, added to the gradient as λ θ.
  public var weightDecay: Double
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings; the defaults are those of PyTorch.
  public init(
    learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, maximizes: Bool = false
  ) {
    (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
    (self.weightDecay, self.maximizes) = (weightDecay, maximizes)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(
      ["learningRate": learningRate, "epsilon": epsilon, "weightDecay": weightDecay], of: self)
    try SettingRange.share.check(["beta1": beta1, "beta2": beta2], of: self)
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = WeightDecay(strength: weightDecay).gradient(gradient, of: parameter, maximizes: maximizes)
    let mean = beta1 * step["mean"] + (1 - beta1) * g
    let largest = maximum(beta2 * step["largest"], abs(g) + epsilon)
    (step["mean"], step["largest"]) = (mean, largest)
    return parameter - step.learningRate / correction(beta1, step.number) * (mean / largest)
  }
}
