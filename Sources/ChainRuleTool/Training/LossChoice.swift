import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// The losses that `--loss` names. Each belongs to some tasks; the first of a task is the usual one.
enum LossChoice: String, CaseIterable, Codable {
  case crossEntropy = "cross-entropy", squared, absolute, huber

  /// The losses of a task.
  static func choices(for task: TableTask) -> [LossChoice] {
    task == .regression ? [.squared, .absolute, .huber] : [.crossEntropy]
  }

  /// The loss of rows that count as much as their packed targets say.
  func weightedLoss(for task: TableTask, weights: Tensor?) -> (Node, Node) -> Node {
    switch self {
    case .crossEntropy where task == .multilabel:
      return RowWeights.loss { sigmoidCrossEntropy($0, $1, reduction: .none) }
    case .crossEntropy:
      return RowWeights.loss { softmaxCrossEntropy($0, $1, classWeights: weights, reduction: .none) }
    case .squared: return RowWeights.loss { squaredError($0, $1, reduction: .none) }
    case .absolute: return RowWeights.loss { absoluteError($0, $1, reduction: .none) }
    case .huber: return RowWeights.loss { huberLoss($0, $1, reduction: .none) }
    }
  }

  /// - Parameter weights: how much each class counts; nil for all the same.
  func loss(for task: TableTask, weights: Tensor?) -> (Node, Node) -> Node {
    switch self {
    case .crossEntropy where task == .multilabel: return sigmoidCrossEntropy
    case .crossEntropy:
      guard let weights else { return softmaxCrossEntropy }
      return { softmaxCrossEntropy($0, $1, classWeights: weights) }
    case .squared: return meanSquaredError
    case .absolute: return meanAbsoluteError
    case .huber: return { huberLoss($0, $1) }
    }
  }
}
