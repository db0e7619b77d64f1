import ChainRuleCore

/// θ ← θ − η (sign(β₁ m + (1 − β₁) g) + λ θ), then m ← β₂ m + (1 − β₂) g: every element moves equally far.
/// Source: Chen et al. 2023, algorithm 2.
public struct Lion: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// β₁, how much of the mean counts in the direction of this step.
  public var beta1: Double
  /// β₂, how much of the mean each step keeps.
  public var beta2: Double
  /// λ, by which θ shrinks beside the step.
  public var weightDecay: Double
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings; the defaults are those of the paper, without weight decay.
  public init(
    learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0,
    maximizes: Bool = false
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    (self.weightDecay, self.maximizes) = (weightDecay, maximizes)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(["learningRate": learningRate, "weightDecay": weightDecay], of: self)
    try SettingRange.share.check(["beta1": beta1, "beta2": beta2], of: self)
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = maximizes ? -gradient : gradient
    let direction = sign(beta1 * step["mean"] + (1 - beta1) * g)
    step["mean"] = beta2 * step["mean"] + (1 - beta2) * g
    return parameter - step.learningRate * (weightDecay == 0 ? direction : direction + weightDecay * parameter)
  }
}
