import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Adam that looks one step of momentum ahead, with a momentum that grows: μₜ = β₁ (1 − ½ · 0.96^(t ψ)).
///
/// θ ← θ − η [(1 − μₜ)/(1 − Πμ) g + μₜ₊₁/(1 − Πμ μₜ₊₁) m] / (√v̂ + ε). Source: Dozat 2016.
public struct NAdam: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// β₁, how much of the mean gradient each step keeps.
  public var beta1: Double
  /// β₂, how much of the mean square each step keeps.
  public var beta2: Double
  /// ε, which keeps the denominator from 0.
  public var epsilon: Double
  /// ψ
  public var momentumDecay: Double
  /// λ: added to the gradient as λ θ, or shrinking θ itself if decoupled.
  public var weightDecay: Double
  /// Whether λ shrinks θ itself instead of being added to the gradient.
  public var isDecoupled: Bool
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings; the defaults are those of PyTorch.
  public init(
    learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    momentumDecay: Double = 0.004, weightDecay: Double = 0, isDecoupled: Bool = false, maximizes: Bool = false
  ) {
    (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
    (self.momentumDecay, self.weightDecay) = (momentumDecay, weightDecay)
    (self.isDecoupled, self.maximizes) = (isDecoupled, maximizes)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(
      ["learningRate": learningRate, "epsilon": epsilon, "momentumDecay": momentumDecay, "weightDecay": weightDecay],
      of: self)
    try SettingRange.share.check(["beta1": beta1, "beta2": beta2], of: self)
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let decay = WeightDecay(strength: weightDecay, isDecoupled: isDecoupled)
    let g = decay.squarableGradient(gradient, of: parameter, maximizes: maximizes)
    let mean = beta1 * step["mean"] + (1 - beta1) * g
    let meanSquare = beta2 * step["square"] + (1 - beta2) * square(g)
    let (now, next) = (momentum(step.number), momentum(step.number + 1))
    let product = step["product", startingAt: 1, isScalar: true] * now
    (step["mean"], step["square"]) = (mean, meanSquare)
    step["product", startingAt: 1, isScalar: true] = product
    let direction = (1 - now) / (1 - product) * g + next / (1 - product * next) * mean
    let denominator = sqrt(meanSquare / correction(beta2, step.number)) + epsilon
    return decay.start(parameter, rate: step.learningRate) - step.learningRate * (direction / denominator)
  }

  private func momentum(_ number: Node) -> Node {
    beta1 * (1 - 0.5 * exp((log(0.96) * momentumDecay) * number))
  }
}
