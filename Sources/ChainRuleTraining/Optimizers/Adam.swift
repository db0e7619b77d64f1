import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − η m̂ / (√v̂ + ε), where m̂ and v̂ are divided by 1 − βᵗ to
/// undo their start at zero.
///
/// Sources: Kingma and Ba 2015, algorithm 1; AMSGrad (the largest v so far, before the correction): Reddi, Kale and
/// Kumar 2018; AdamW (θ shrinks by 1 − η λ first, apart from the gradient): Loshchilov and Hutter 2019.
public struct Adam: Optimizer {
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
  /// Whether the largest mean square so far is taken instead of the present one.
  public var isAMSGrad: Bool
  /// Whether θ climbs the gradient instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings; the defaults are those of PyTorch.
  public init(
    learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0, isDecoupled: Bool = false, isAMSGrad: Bool = false, maximizes: Bool = false
  ) {
    (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
    (self.weightDecay, self.isDecoupled, self.isAMSGrad) = (weightDecay, isDecoupled, isAMSGrad)
    self.maximizes = maximizes
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
    let first = beta1 * step["mean"] + (1 - beta1) * g
    let second = beta2 * step["square"] + (1 - beta2) * square(g)
    (step["mean"], step["square"]) = (first, second)
    var scale = second
    if isAMSGrad {
      scale = maximum(step["largestSquare"], second)
      step["largestSquare"] = scale
    }
    let denominator = sqrt(scale / correction(beta2, step.number)) + epsilon
    let start = decay.start(parameter, rate: step.learningRate)
    return start - step.learningRate / correction(beta1, step.number) * (first / denominator)
  }
}

/// 1 − βᵗ, as −(e^(t ln β) − 1), which keeps its digits in single precision too.
func correction(_ beta: Double, _ number: Node) -> Node {
  beta == 0 ? number.graph.constant(1) : -expm1(log(beta) * number)
}
