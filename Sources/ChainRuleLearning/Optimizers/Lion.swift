/// θ ← θ − η (sign(β₁ m + (1 − β₁) g) + λ θ), then m ← β₂ m + (1 − β₂) g: every element moves equally far.
/// Source: Chen et al. 2023, algorithm 2.
public struct Lion: Optimizer {
  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double
  public var weightDecay: Double
  public var maximizes: Bool

  public init(
    learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0,
    maximizes: Bool = false
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    (self.weightDecay, self.maximizes) = (weightDecay, maximizes)
  }

  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = maximizes ? -gradient : gradient
    let direction = sign(beta1 * step["mean"] + (1 - beta1) * g)
    step["mean"] = beta2 * step["mean"] + (1 - beta2) * g
    return parameter - step.learningRate * (weightDecay == 0 ? direction : direction + weightDecay * parameter)
  }
}
