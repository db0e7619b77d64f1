import ChainRuleCore

/// s ← ρ s + (1 − ρ) g², Δ = √(d + ε) / √(s + ε) · g, d ← ρ d + (1 − ρ) Δ², θ ← θ − η Δ: the step has the unit of θ.
/// Source: Zeiler 2012.
public struct AdaDelta: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// ρ
  public var decay: Double
  /// ε, which keeps the denominator from 0.
  public var epsilon: Double
  /// λ, added to the gradient as λ θ.
  public var weightDecay: Double
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings; the defaults are those of PyTorch.
  public init(
    learningRate: Double = 1, decay: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0,
    maximizes: Bool = false
  ) {
    (self.learningRate, self.decay, self.epsilon) = (learningRate, decay, epsilon)
    (self.weightDecay, self.maximizes) = (weightDecay, maximizes)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(
      ["learningRate": learningRate, "epsilon": epsilon, "weightDecay": weightDecay], of: self)
    try SettingRange.closedShare.check(["decay": decay], of: self)
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = WeightDecay(strength: weightDecay).squarableGradient(gradient, of: parameter, maximizes: maximizes)
    let meanSquare = decay * step["square"] + (1 - decay) * square(g)
    let change = sqrt(step["change"] + epsilon) / sqrt(meanSquare + epsilon) * g
    step["square"] = meanSquare
    step["change"] = decay * step["change"] + (1 - decay) * square(change)
    return parameter - step.learningRate * change
  }
}
