import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Adam that trusts its second moment only after it has seen enough gradients: a warm-up without a parameter.
///
/// ρ∞ = 2/(1 − β₂) − 1 and ρₜ = ρ∞ − 2 t β₂ᵗ/(1 − β₂ᵗ). While ρₜ ≤ 5 the step is η m̂; then it is
/// η r m̂ √(1 − β₂ᵗ) / (√v + ε) with r² = (ρₜ − 4)(ρₜ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρₜ). Source: Liu et al. 2020.
public struct RAdam: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// β₁, how much of the mean gradient each step keeps.
  public var beta1: Double
  /// β₂, how much of the mean square each step keeps.
  public var beta2: Double
  /// ε, which keeps the denominator from 0.
  public var epsilon: Double
  /// λ: added to the gradient as λ θ, or shrinking θ itself if decoupled.
  public var weightDecay: Double
  /// Whether λ shrinks θ itself instead of being added to the gradient.
  public var isDecoupled: Bool
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings; the defaults are those of PyTorch.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, isDecoupled: Bool = false, maximizes: Bool = false
  ) {
    (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
    (self.weightDecay, self.isDecoupled, self.maximizes) = (weightDecay, isDecoupled, maximizes)
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
    let decay = WeightDecay(strength: weightDecay, isDecoupled: isDecoupled)
    let g = decay.squarableGradient(gradient, of: parameter, maximizes: maximizes)
    let mean = beta1 * step["mean"] + (1 - beta1) * g
    let meanSquare = beta2 * step["square"] + (1 - beta2) * square(g)
    (step["mean"], step["square"]) = (mean, meanSquare)
    let correction2 = correction(beta2, step.number)
    let adapted = sqrt(correction2) / (sqrt(meanSquare) + epsilon)
    let rectification = rectification(step.number, correction2)
    let scale = `where`(greater(rectification, 0), rectification * adapted, 1)
    let start = decay.start(parameter, rate: step.learningRate)
    return start - step.learningRate / correction(beta1, step.number) * (mean * scale)
  }

  /// r where ρₜ > 5, else 0.
  private func rectification(_ number: Node, _ correction2: Node) -> Node {
    let limit = 2 / (1 - beta2) - 1
    let length = limit - 2 * number * exp(log(beta2) * number) / correction2
    let isTrusted = greater(length, 5)
    let safe = `where`(isTrusted, length, 6)
    let square = (safe - 4) * (safe - 2) / safe * (limit / ((limit - 4) * (limit - 2)))
    return `where`(isTrusted, sqrt(square), 0)
  }
}
