import ChainRuleCore

/// s ← α s + (1 − α) g², θ ← θ − η g / (√s + ε): AdaGrad that forgets.
///
/// Centered, the mean gradient's square is subtracted from s; with momentum μ the quotient goes through a velocity.
/// Sources: Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013.
public struct RMSProp: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// α
  public var decay: Double
  /// ε, which keeps the denominator from 0.
  public var epsilon: Double
  /// μ, how much of the velocity each step keeps; 0 for none.
  public var momentum: Double
  /// λ, added to the gradient as λ θ.
  public var weightDecay: Double
  /// Whether the mean gradient's square is subtracted from s.
  public var isCentered: Bool
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings; the defaults are those of PyTorch.
  public init(
    learningRate: Double = 0.01, decay: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
    weightDecay: Double = 0, isCentered: Bool = false, maximizes: Bool = false
  ) {
    (self.learningRate, self.decay, self.epsilon, self.momentum) = (learningRate, decay, epsilon, momentum)
    (self.weightDecay, self.isCentered, self.maximizes) = (weightDecay, isCentered, maximizes)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(
      ["learningRate": learningRate, "epsilon": epsilon, "momentum": momentum, "weightDecay": weightDecay], of: self)
    try SettingRange.closedShare.check(["decay": decay], of: self)
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = WeightDecay(strength: weightDecay).squarableGradient(gradient, of: parameter, maximizes: maximizes)
    let meanSquare = decay * step["square"] + (1 - decay) * square(g)
    step["square"] = meanSquare
    var variance = meanSquare
    if isCentered {
      let mean = decay * step["mean"] + (1 - decay) * g
      step["mean"] = mean
      variance = relu(meanSquare - square(mean))  // rounding may leave it just below zero
    }
    let direction = g / (sqrt(variance) + epsilon)
    guard momentum != 0 else { return parameter - step.learningRate * direction }
    let velocity = step.momentum(otherwise: momentum) * step["velocity"] + direction
    step["velocity"] = velocity
    return parameter - step.learningRate * velocity
  }
}
