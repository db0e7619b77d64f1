import ChainRule
import ChainRuleLearning

/// The classifiers that the tool trains, told by name.
enum ClassifierKind: String, CaseIterable, Codable {
  case softmax, mlp, cnn

  /// A new model from the seed of the moment. Images of the convolutional one are square, with one channel.
  func model(inputs: Int, hidden: Int, classes: Int) throws -> Sequential {
    switch self {
    case .softmax: return Sequential(Dense(inputs, classes))
    case .mlp: return Sequential(Dense(inputs, hidden, activation: { relu($0) }), Dense(hidden, classes))
    case .cnn:
      let side = Int(Double(inputs).squareRoot().rounded())
      guard side * side == inputs, side >= 4 else {
        throw UsageError("--model cnn needs square images of at least 4×4 pixels, not \(inputs) columns")
      }
      return Sequential {
        Reshape([1, side, side])
        Conv2D(1, 8, kernel: [3], padding: [1], activation: { relu($0) })
        MaxPool2D([2])
        Conv2D(8, 16, kernel: [3], padding: [1], activation: { relu($0) })
        MaxPool2D([2])
        Flatten()
        Dense(16 * (side / 4) * (side / 4), classes)
      }
    }
  }
}
