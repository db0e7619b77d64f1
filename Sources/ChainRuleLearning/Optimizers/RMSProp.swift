/// s ← α s + (1 − α) g², θ ← θ − η g / (√s + ε): AdaGrad that forgets.
///
/// Centered, the mean gradient's square is subtracted from s; with momentum μ the quotient goes through a velocity.
/// Sources: Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013.
public struct RMSProp: Optimizer {
  public var learningRate: Double
  /// α
  public var decay: Double
  public var epsilon: Double
  public var momentum: Double
  public var weightDecay: Double
  public var isCentered: Bool
  public var maximizes: Bool

  public init(
    learningRate: Double = 0.01, decay: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
    weightDecay: Double = 0, isCentered: Bool = false, maximizes: Bool = false
  ) {
    (self.learningRate, self.decay, self.epsilon, self.momentum) = (learningRate, decay, epsilon, momentum)
    (self.weightDecay, self.isCentered, self.maximizes) = (weightDecay, isCentered, maximizes)
  }

  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    let g = WeightDecay(strength: weightDecay).gradient(gradient, of: parameter, maximizes: maximizes)
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
