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
      let pooled = side / 4
      return Sequential {
        Function("image") { $0.reshaped(to: [$0.shape[0], 1, side, side]) }
        Convolution(from: 1, to: 8)
        Convolution(from: 8, to: 16)
        Function("flat") { $0.reshaped(to: [$0.shape[0], 16 * pooled * pooled]) }
        Dense(16 * pooled * pooled, classes)
      }
    }
  }
}

/// 3×3 convolution that keeps the size, relu, and the maximum of each 2×2 window.
struct Convolution: Model {
  let weight: Parameter
  let bias: Parameter

  init(from channels: Int, to features: Int) {
    weight = Parameter(
      Initializer.heUniform([features, channels, 3, 3], fanIn: 9 * channels, fanOut: 9 * features, seed: nextSeed()))
    bias = Parameter(Tensor(shape: [features], repeating: 0))
  }

  func callAsFunction(_ x: Node) -> Node {
    let features = convolution2d(
      x, weight: x.graph.parameter(weight), bias: x.graph.parameter(bias), padding: [1])
    return maxPool2d(relu(features), window: [2])
  }
}
