import ChainRuleCore

/// Adam whose weight decay shrinks the parameters themselves, θ ← (1 − η λ) θ, apart from the gradient.
/// Source: Loshchilov and Hutter 2019.
public struct AdamW: Optimizer {
  private var adam: Adam
  /// η, the rate that schedules multiply.
  public var learningRate: Double {
    get { adam.learningRate }
    set { adam.learningRate = newValue }
  }

  /// An optimizer with these settings; the defaults are those of PyTorch. `isLazy` leaves rows of a table without a
  /// gradient as they are (see ``Adam/isLazy``).
  public init(
    learningRate: Double = 0.001, weightDecay: Double = 0.01, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, isAMSGrad: Bool = false, maximizes: Bool = false, isLazy: Bool = false
  ) {
    adam = Adam(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
      isDecoupled: true, isAMSGrad: isAMSGrad, maximizes: maximizes, isLazy: isLazy)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    do { try adam.validate() } catch let error as ChainRuleError {
      throw ChainRuleError(error.kind, in: "AdamW", required: error.required, got: error.got)
    }
  }

  /// Records the next θ by the rule above, and what is remembered until then.
  public func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
    adam.update(parameter, gradient: gradient, step)
  }
}
