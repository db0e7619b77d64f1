/// An optimizer that is told by its name, with a rate that suits small networks.
///
/// Every optimizer of the library is in the table, some with several settings; a test walks the folder and the table.
package struct OptimizerChoice: RawRepresentable, CaseIterable, Codable, Sendable {
  /// What it is called on a command line and in a file.
  package let rawValue: String
  /// The rate where nothing else is said.
  package let usualRate: Double
  /// The weight decay where nothing else is said: some let parameters shrink on their own account.
  package let usualDecay: Double
  private let make: @Sendable (_ rate: Double, _ decay: Double) -> any Optimizer

  private init(
    _ name: String, rate: Double, decay: Double = 0,
    _ make: @escaping @Sendable (_ rate: Double, _ decay: Double) -> any Optimizer
  ) {
    (rawValue, usualRate, usualDecay, self.make) = (name, rate, decay, make)
  }

  /// The choice of that name.
  package init?(rawValue: String) {
    guard let choice = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = choice
  }

  /// The optimizer.
  package func optimizer(rate: Double, decay: Double) -> any Optimizer { make(rate, decay) }

  package static let allCases: [OptimizerChoice] = [
    OptimizerChoice("sgd", rate: 0.1) { SGD(learningRate: $0, weightDecay: $1) },
    OptimizerChoice("momentum", rate: 0.02) { SGD(learningRate: $0, momentum: 0.9, weightDecay: $1) },
    OptimizerChoice("nesterov", rate: 0.02) {
      SGD(learningRate: $0, momentum: 0.9, weightDecay: $1, isNesterov: true)
    },
    OptimizerChoice("adagrad", rate: 0.02) { AdaGrad(learningRate: $0, weightDecay: $1) },
    OptimizerChoice("rmsprop", rate: 0.003) { RMSProp(learningRate: $0, weightDecay: $1) },
    OptimizerChoice("adadelta", rate: 1) { AdaDelta(learningRate: $0, weightDecay: $1) },
    adam,
    OptimizerChoice("amsgrad", rate: 0.003) { Adam(learningRate: $0, weightDecay: $1, isAMSGrad: true) },
    OptimizerChoice("adamw", rate: 0.003, decay: 0.01) { AdamW(learningRate: $0, weightDecay: $1) },
    OptimizerChoice("adamax", rate: 0.005) { AdaMax(learningRate: $0, weightDecay: $1) },
    OptimizerChoice("nadam", rate: 0.003) { NAdam(learningRate: $0, weightDecay: $1) },
    OptimizerChoice("radam", rate: 0.003) { RAdam(learningRate: $0, weightDecay: $1) },
    OptimizerChoice("lion", rate: 0.0005, decay: 0.01) { Lion(learningRate: $0, weightDecay: $1) },
  ]

  /// The one that is usual.
  package static let adam = OptimizerChoice("adam", rate: 0.003) { Adam(learningRate: $0, weightDecay: $1) }
}
