import ChainRuleLearning

/// The optimizers that `--optimizer` names, each with a rate that suits small networks.
enum OptimizerChoice: String, CaseIterable, Codable {
  case sgd, momentum, nesterov, adagrad, rmsprop, adadelta, adam, amsgrad, adamw, nadam, lion

  var usualRate: Double {
    switch self {
    case .sgd: 0.1
    case .momentum, .nesterov, .adagrad: 0.02
    case .adadelta: 1
    case .lion: 0.0005
    case .rmsprop, .adam, .amsgrad, .adamw, .nadam: 0.003
    }
  }

  /// AdamW and Lion let parameters shrink on their own account; the others only when they are asked to.
  var usualDecay: Double { self == .adamw || self == .lion ? 0.01 : 0 }

  func optimizer(rate: Double, decay: Double) -> any Optimizer {
    switch self {
    case .sgd: SGD(learningRate: rate, weightDecay: decay)
    case .momentum: SGD(learningRate: rate, momentum: 0.9, weightDecay: decay)
    case .nesterov: SGD(learningRate: rate, momentum: 0.9, weightDecay: decay, isNesterov: true)
    case .adagrad: AdaGrad(learningRate: rate, weightDecay: decay)
    case .rmsprop: RMSProp(learningRate: rate, weightDecay: decay)
    case .adadelta: AdaDelta(learningRate: rate, weightDecay: decay)
    case .adam: Adam(learningRate: rate, weightDecay: decay)
    case .amsgrad: Adam(learningRate: rate, weightDecay: decay, isAMSGrad: true)
    case .adamw: AdamW(learningRate: rate, weightDecay: decay)
    case .nadam: NAdam(learningRate: rate, weightDecay: decay)
    case .lion: Lion(learningRate: rate, weightDecay: decay)
    }
  }
}
