/// s ← ρ s + (1 − ρ) g², Δ = √(d + ε) / √(s + ε) · g, d ← ρ d + (1 − ρ) Δ², θ ← θ − η Δ: the step has the unit of θ.
/// Source: Zeiler 2012.
public struct AdaDelta: Optimizer {
  public var learningRate: Double
  /// ρ
  public var decay: Double
  public var epsilon: Double
  public var weightDecay: Double
  public var maximizes: Bool

  public init(
    learningRate: Double = 1, decay: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0,
    maximizes: Bool = false
  ) {
    (self.learningRate, self.decay, self.epsilon) = (learningRate, decay, epsilon)
    (self.weightDecay, self.maximizes) = (weightDecay, maximizes)
  }

  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = WeightDecay(strength: weightDecay).gradient(gradient, of: parameter, maximizes: maximizes)
    let meanSquare = decay * step["square"] + (1 - decay) * square(g)
    let change = sqrt(step["change"] + epsilon) / sqrt(meanSquare + epsilon) * g
    step["square"] = meanSquare
    step["change"] = decay * step["change"] + (1 - decay) * square(change)
    return parameter - step.learningRate * change
  }
}
