import ChainRuleLearning
import Testing

/// Every layer and every loss against function values: smooth ones to second order, in the plain tier some of them.
@Suite struct GradientsAgreeWithFunctionValues {
  struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () -> any Model
    let shape: Shape
    var order = 2
    var testDescription: String { name }
  }

  static let samples: [Sample] = [
    Sample(name: "Dense", make: { Dense(3, 2, activation: { tanh($0) }, seed: 1) }, shape: [2, 3]),
    Sample(name: "Conv2D", make: { Conv2D(2, 2, kernel: [2], padding: [1], seed: 1) }, shape: [1, 2, 2, 2]),
    Sample(name: "Conv1D", make: { Conv1D(2, 2, kernel: 2, stride: 2, seed: 1) }, shape: [1, 2, 4]),
    Sample(name: "TransposedConv2D", make: { TransposedConv2D(1, 2, kernel: [2], seed: 1) }, shape: [1, 1, 2, 2]),
    Sample(name: "AveragePool2D", make: { AveragePool2D([2]) }, shape: [1, 1, 4, 2]),
    Sample(name: "MaxPool2D", make: { MaxPool2D([2]) }, shape: [1, 1, 4, 2], order: 1),
    Sample(name: "AveragePool1D", make: { AveragePool1D(2) }, shape: [1, 1, 4]),
    Sample(name: "MaxPool1D", make: { MaxPool1D(2) }, shape: [1, 2, 4], order: 1),
    Sample(name: "GlobalAveragePool", make: { GlobalAveragePool() }, shape: [1, 2, 2, 2]),
    Sample(name: "GlobalMaxPool", make: { GlobalMaxPool() }, shape: [1, 2, 2, 2], order: 1),
    Sample(name: "BatchNorm", make: { BatchNorm(2) }, shape: [3, 2]),
    Sample(name: "LayerNorm", make: { LayerNorm(3) }, shape: [2, 3]),
    Sample(name: "GroupNorm", make: { GroupNorm(groups: 2, channels: 4) }, shape: [1, 4, 2]),
    Sample(name: "Dropout", make: { Dropout(0.5, seed: 1) }, shape: [2, 4]),
    Sample(name: "Flatten", make: { Flatten() }, shape: [2, 2, 2]),
    Sample(name: "Maxout", make: { Maxout(2, 2, seed: 1) }, shape: [2, 2], order: 1),
    Sample(name: "Residual", make: { Residual(Dense(2, 2, activation: { sigmoid($0) }, seed: 1)) }, shape: [2, 2]),
    Sample(name: "RNN", make: { RNN(2, 2, seed: 1) }, shape: [1, 3, 2]),
    Sample(name: "LSTM", make: { LSTM(1, 2, seed: 1) }, shape: [1, 2, 1]),
    Sample(name: "GRU", make: { GRU(1, 2, seed: 1) }, shape: [1, 2, 1]),
    Sample(name: "attention", make: { MultiHeadAttention(2, heads: 2, isCausal: true, seed: 1) }, shape: [1, 2, 2]),
    Sample(name: "LearnedPositions", make: { LearnedPositions(4, 2, seed: 1) }, shape: [1, 3, 2]),
    Sample(name: "SinusoidalPositions", make: { SinusoidalPositions() }, shape: [1, 3, 2]),
    Sample(
      name: "TransformerBlock", make: { TransformerBlock(4, heads: 2, hidden: 4, seed: 1) }, shape: [1, 2, 4]),
    Sample(
      name: "strided, dilated, grouped Conv2D",
      make: { Conv2D(2, 2, kernel: [2, 2], stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2, seed: 1) },
      shape: [1, 2, 3, 3]),
    Sample(name: "two RNNs", make: { RNN(1, 2, layers: 2, seed: 1) }, shape: [1, 2, 1]),
    Sample(name: "cross attention", make: { CrossAttention() }, shape: [1, 3, 2]),
  ]

  /// The first step of a sequence looks the others up.
  struct CrossAttention: Model {
    let attention = MultiHeadAttention(2, heads: 1, seed: 1)
    func callAsFunction(_ x: Node) -> Node {
      attention.attend(from: x[0..., 0..<1], to: x[0..., 1..<3], x[0..., 1..<3]).output
    }
  }

  /// Those whose second derivatives are checked in the plain tier too: one of each kind.
  static let alwaysTwice: Set = ["Dense", "LayerNorm", "GRU", "softmaxCrossEntropy", "klDivergence"]

  private func values(_ shape: Shape, seed: UInt64) -> Tensor {
    var numbers = RandomNumbers(seed: seed)
    return Tensor(shape: shape, (0..<shape.elementCount).map { _ in numbers.normal() })
  }

  /// Every other layer in the plain tier, and those of each kind.
  static let checked = samples.enumerated().filter { isHeavy || $0 % 2 == 0 || alwaysTwice.contains($1.name) }.map(\.1)

  @Test(arguments: checked) func ofLayers(sample: Sample) throws {
    let order = isHeavy || Self.alwaysTwice.contains(sample.name) ? sample.order : 1
    let report = try check(sample.make(), values(sample.shape, seed: 7), order: order)
    #expect(report.verdict == .agree, "\(report)")
  }

  private func check(_ model: some Model, _ inputs: Tensor, order: Int) throws -> GradientReport {
    try checkModel(model, inputs: inputs, order: order, resolution: 1e-5)
  }

  @Test func ofAnEmbedding() throws {
    let report = try checkModel(Embedding(3, 2, seed: 1), inputs: Tensor(indices: [2, 0, 2]), order: 2)
    #expect(report.verdict == .agree, "\(report)")
  }

  struct LossSample: Sendable, CustomTestStringConvertible {
    let name: String
    let loss: @Sendable (Node, Node) -> Node
    var target = Target.numbers
    var order = 2
    enum Target: Sendable { case numbers, labels, bits, signs }
    var testDescription: String { name }
  }

  static let losses: [LossSample] = [
    LossSample(name: "meanSquaredError", loss: { meanSquaredError($0, $1) }),
    LossSample(name: "meanAbsoluteError", loss: { meanAbsoluteError($0, $1) }, order: 1),
    LossSample(name: "huberLoss", loss: { huberLoss($0, $1) }, order: 1),
    LossSample(name: "smoothAbsoluteError", loss: { smoothAbsoluteError($0, $1) }, order: 1),
    LossSample(name: "softmaxCrossEntropy", loss: { softmaxCrossEntropy($0, $1) }, target: .labels),
    LossSample(name: "smoothing", loss: { softmaxCrossEntropy($0, $1, smoothing: 0.1) }, target: .labels),
    LossSample(
      name: "class weights", loss: { softmaxCrossEntropy($0, $1, classWeights: [1, 2, 3]) }, target: .labels),
    LossSample(
      name: "one-hot cross-entropy, two rows", loss: { softmaxCrossEntropy($0, softmax($1), mask: rows($0)) }),
    LossSample(
      name: "negativeLogLikelihood", loss: { negativeLogLikelihood(logSoftmax($0), $1, reduction: .sum) },
      target: .labels),
    LossSample(name: "masked squaredError", loss: { squaredError($0, $1, mask: greater($1, 0)) }),
    LossSample(
      name: "weighted sigmoidCrossEntropy",
      loss: { sigmoidCrossEntropy($0, $1, positiveWeights: [1, 2, 3], reduction: .batchMean) }, target: .bits),
    LossSample(name: "cubed multiClassHingeLoss", loss: { multiClassHingeLoss($0, $1, power: 3) }, target: .labels),
    LossSample(
      name: "cosineEmbeddingLoss", loss: { cosineEmbeddingLoss($0, $1, sign: 2 * rows($0) - 1) }, order: 1),
    LossSample(name: "multiClassHingeLoss", loss: { multiClassHingeLoss($0, $1) }, target: .labels, order: 1),
    LossSample(name: "crammerSingerLoss", loss: { crammerSingerLoss($0, $1) }, target: .labels, order: 1),
    LossSample(name: "sigmoidCrossEntropy", loss: { sigmoidCrossEntropy($0, $1) }, target: .bits),
    LossSample(name: "binaryCrossEntropy", loss: { binaryCrossEntropy(sigmoid($0), $1) }, target: .bits),
    LossSample(name: "hingeLoss", loss: { hingeLoss($0, $1) }, target: .signs, order: 1),
    LossSample(name: "squaredHingeLoss", loss: { squaredHingeLoss($0, $1) }, target: .signs, order: 1),
    LossSample(name: "klDivergence", loss: { klDivergence(logSoftmax($0), softmax($1)) }),
    LossSample(name: "cosineDistance", loss: { cosineDistance($0, $1) }),
  ]

  /// 1 for the first and the last of three rows, 0 for the one between.
  private static func rows(_ x: Node) -> Node { x.graph.constant([1, 0, 1]) }

  @Test(arguments: losses) func ofLosses(sample: LossSample) throws {
    let graph = Graph()
    let p = graph.input("prediction", values([3, 3], seed: 3))
    let targets: Tensor =
      switch sample.target {
      case .numbers: values([3, 3], seed: 4)
      case .labels: Tensor(indices: [2, 0, 1])
      case .bits: values([3, 3], seed: 4).map { $0 > 0 ? 1 : 0 }
      case .signs: values([3, 3], seed: 4).map { $0 > 0 ? 1 : -1 }
      }
    let loss = sample.loss(p, graph.constant(targets))
    let order = isHeavy || Self.alwaysTwice.contains(sample.name) ? sample.order : 1
    let report = try checkGradients(of: loss, withRespectTo: [p], order: order)
    #expect(report.verdict == .agree, "\(report)")
  }
}
