import ChainRuleLearning

extension GoldenArray {
  /// A matrix written out × in, as in × out.
  var transposedTensor: Tensor {
    let (rows, columns) = (shape[0], shape[1])
    return Tensor(
      shape: [columns, rows], (0..<rows * columns).map { scalars[($0 % rows) * columns + $0 / rows] })
  }
}

extension GoldenCase {
  /// The optimizer that a case names, with its hyperparameters; nil for one that the library does not have.
  var optimizer: (any Optimizer)? {
    let h = json["hyperparameters"]
    func number(_ key: String) -> Double { h[key].double ?? 0 }
    func flag(_ key: String) -> Bool { h[key].bool ?? false }
    let betas = h["betas"].scalars
    switch json["optimizer"].string {
    case "SGD":
      return SGD(
        learningRate: number("lr"), momentum: number("momentum"), dampening: number("dampening"),
        weightDecay: number("weight_decay"), isNesterov: flag("nesterov"), maximizes: flag("maximize"))
    case "Adam", "AdamW":
      return Adam(
        learningRate: number("lr"), beta1: betas[0], beta2: betas[1], epsilon: number("eps"),
        weightDecay: number("weight_decay"), isDecoupled: flag("decoupled_weight_decay"), isAMSGrad: flag("amsgrad"),
        maximizes: flag("maximize"))
    case "Adagrad":
      return AdaGrad(
        learningRate: number("lr"), rateDecay: number("lr_decay"), epsilon: number("eps"),
        weightDecay: number("weight_decay"), initialSum: number("initial_accumulator_value"),
        maximizes: flag("maximize"))
    case "RMSprop":
      return RMSProp(
        learningRate: number("lr"), decay: number("alpha"), epsilon: number("eps"), momentum: number("momentum"),
        weightDecay: number("weight_decay"), isCentered: flag("centered"), maximizes: flag("maximize"))
    case "Adadelta":
      return AdaDelta(
        learningRate: number("lr"), decay: number("rho"), epsilon: number("eps"), weightDecay: number("weight_decay"),
        maximizes: flag("maximize"))
    case "NAdam":
      return NAdam(
        learningRate: number("lr"), beta1: betas[0], beta2: betas[1], epsilon: number("eps"),
        momentumDecay: number("momentum_decay"), weightDecay: number("weight_decay"),
        isDecoupled: flag("decoupled_weight_decay"), maximizes: flag("maximize"))
    case "RAdam":
      return RAdam(
        learningRate: number("lr"), beta1: betas[0], beta2: betas[1], epsilon: number("eps"),
        weightDecay: number("weight_decay"), isDecoupled: flag("decoupled_weight_decay"),
        maximizes: flag("maximize"))
    case "Adamax":
      return AdaMax(
        learningRate: number("lr"), beta1: betas[0], beta2: betas[1], epsilon: number("eps"),
        weightDecay: number("weight_decay"), maximizes: flag("maximize"))
    default: return nil
    }
  }
}
