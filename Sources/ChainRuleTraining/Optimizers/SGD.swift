import ChainRuleCore

/// Gradient descent: θ ← θ − η g, with momentum μ: v ← μ v + g, θ ← θ − η v.
///
/// The velocity starts as the first gradient. Nesterov's form steps along g + μ v instead of v. Sources: Polyak 1964;
/// Nesterov 1983 as in Sutskever, Martens, Dahl and Hinton 2013.
public struct SGD: Optimizer {
  /// η, the rate that schedules multiply.
  public var learningRate: Double
  /// μ, how much of the velocity each step keeps; 0 for none.
  public var momentum: Double
  /// How much of the gradient the velocity leaves out, from the second step on.
  public var dampening: Double
  /// λ in g + λ θ.
  public var weightDecay: Double
  /// Whether the step goes along g + μ v instead of v.
  public var isNesterov: Bool
  /// Ascends instead of descending.
  public var maximizes: Bool

  /// An optimizer with these settings: plain descent unless there is a momentum.
  public init(
    learningRate: Double, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    isNesterov: Bool = false, maximizes: Bool = false
  ) {
    (self.learningRate, self.momentum, self.dampening) = (learningRate, momentum, dampening)
    (self.weightDecay, self.isNesterov, self.maximizes) = (weightDecay, isNesterov, maximizes)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(
      ["learningRate": learningRate, "momentum": momentum, "weightDecay": weightDecay], of: self)
    try SettingRange.closedShare.check(["dampening": dampening], of: self)
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = WeightDecay(strength: weightDecay).gradient(gradient, of: parameter, maximizes: maximizes)
    guard momentum != 0 else { return parameter - step.learningRate * g }
    let momentum = step.momentum(otherwise: momentum)
    let velocity = momentum * step["velocity"] + dampened(g, step)
    step["velocity"] = velocity
    return parameter - step.learningRate * (isNesterov ? g + momentum * velocity : velocity)
  }

  /// The first gradient enters the velocity whole: dampening counts from the second step.
  private func dampened(_ g: Node, _ step: OptimizerStep) -> Node {
    dampening == 0 ? g : (1 - dampening * greater(step.number, 1)) * g
  }
}
