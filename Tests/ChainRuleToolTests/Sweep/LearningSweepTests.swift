import ChainRule
import ChainRuleLearning
import Foundation
import Testing

/// Losses, metrics, layers, optimizers, schedules and data with the edge values of what they take.
@Suite(.enabled(if: isSweepWanted)) struct SweepOfLearning {
  static let losses: [(String, @Sendable (Node, Node) -> Node)] = [
    ("softmaxCrossEntropy", { softmaxCrossEntropy($0, $1) }), ("meanSquaredError", { meanSquaredError($0, $1) }),
    ("softmaxCrossEntropy", { softmaxCrossEntropy($0, $1, smoothing: .nan, classWeights: [1], mask: $0) }),
    ("negativeLogLikelihood", { negativeLogLikelihood($0, $1) }),
    ("negativeLogLikelihood", { negativeLogLikelihood($0, $1, mask: $1, reduction: .sum) }),
    ("klDivergence", { klDivergence($0, $1, targetIsLogarithm: true) }), ("klDivergence", { klDivergence($0, $1) }),
    ("sigmoidCrossEntropy", { sigmoidCrossEntropy($0, $1) }),
    ("sigmoidCrossEntropy", { sigmoidCrossEntropy($0, $1, positiveWeights: [1, 2, 3], mask: $0) }),
    ("binaryCrossEntropy", { binaryCrossEntropy($0, $1) }), ("hingeLoss", { hingeLoss($0, $1, margin: -.infinity) }),
    ("squaredHingeLoss", { squaredHingeLoss($0, $1) }), ("crammerSingerLoss", { crammerSingerLoss($0, $1) }),
    ("multiClassHingeLoss", { multiClassHingeLoss($0, $1, power: -1) }),
    ("meanAbsoluteError", { meanAbsoluteError($0, $1) }), ("squaredError", { squaredError($0, $1, mask: $1) }),
    ("absoluteError", { absoluteError($0, $1, reduction: .none) }), ("huberLoss", { huberLoss($0, $1, delta: 0) }),
    ("smoothAbsoluteError", { smoothAbsoluteError($0, $1, beta: 0) }),
    ("cosineSimilarity", { cosineSimilarity($0, $1, epsilon: 0) }), ("cosineDistance", { cosineDistance($0, $1) }),
    ("cosineEmbeddingLoss", { cosineEmbeddingLoss($0, $1, sign: $1) }),
    ("scaledDotProductAttention", { scaledDotProductAttention($0, $1, $0, isCausal: true, keyMask: $1).output }),
  ]

  @Test(arguments: losses.indices) func lossesOfTwoNodes(number: Int) {
    let (name, loss) = Self.losses[number], nodes = Edge.nodes(in: Graph())
    for (i, a) in nodes.enumerated() {
      for (j, b) in nodes.enumerated() { exercise(loss(a, b), inProgram: (i + j) % 5 == 0, "\(name) \(i), \(j)") }
    }
  }

  @Test func metrics() {
    let metrics: [Metric] =
      [
        .accuracy, .areaUnderCurve, .f1, .labelAccuracy, .meanAbsoluteError, .microF1, .perplexity, .precision,
        .rSquared, .recall, .rootMeanSquaredError,
      ] + Edge.integers.map { .topK($0) }
    for metric in metrics {
      for (i, a) in Edge.tensors.enumerated() {
        for (j, b) in Edge.tensors.enumerated() { survives("\(metric.name) \(i), \(j)") { _ = try metric(a, b) } }
      }
    }
    for a in Edge.tensors {
      for b in Edge.tensors {
        survives("ConfusionMatrix") { _ = "\(try ConfusionMatrix(scores: a, targets: b))" }
        survives("Dataset") { _ = try Dataset(inputs: a, targets: b) }
      }
    }
  }

  // MARK: Layers

  private func layers(_ size: Int) -> [any Model] {
    [
      Dense(3, size), Dense(size, 2), Embedding(size, 2), Embedding(3, size), Embedding(3, 2, paddingIndex: size),
      BatchNorm(size), LayerNorm(size), GroupNorm(groups: size, channels: size), Dropout(Double(size), seed: 0),
      Conv1D(2, size, kernel: size), Conv2D(2, 2, kernel: [size]), Conv2D(2, 2, kernel: [1], stride: [size]),
      Conv2D(2, 2, kernel: [1], padding: [size]), Conv2D(2, 2, kernel: [2], dilation: [size]),
      TransposedConv2D(2, 2, kernel: [2], outputPadding: [size]), MaxPool1D(size), MaxPool2D([size]),
      AveragePool1D(size), AveragePool2D([size]), GlobalAveragePool(), GlobalMaxPool(), Flatten(),
      Reshape([size]), LSTM(3, size), GRU(size, 2), RNN(3, 2, layers: size), Maxout(3, 2, pieces: size),
      MultiHeadAttention(4, heads: size), MultiHeadAttention(size, heads: 2), SinusoidalPositions(),
      LearnedPositions(size, 3), TransformerBlock(4, heads: size), TransformerBlock(size, heads: 1),
    ]
  }

  /// No size between: what fits memory is made.
  @Test(arguments: [0, 1, -1, 2, 1 << 62, .max, .min]) func layersOfAnySizeOnAnyInput(size: Int) {
    for layer in layers(size) {
      for mode in [Graph.Mode.training, .evaluation] {
        let graph = Graph()
        graph.mode = mode
        for (index, node) in Edge.nodes(in: graph).enumerated() {
          survives("\(type(of: layer)) of \(size) on node \(index)") {
            _ = try layer(node).sum().value()
          }
        }
      }
      survives("state") { try layer.restore(ModelState([("a", 1)])) }
      survives("description") { _ = "\(ModelDescription(of: layer))" }
    }
  }

  @Test(arguments: Edge.numbers.indices) func optimizersOfAnySettings(number: Int) throws {
    let x = Edge.numbers[number]
    let optimizers: [any Optimizer] = [
      SGD(learningRate: x), SGD(learningRate: 0.1, momentum: x, dampening: x, isNesterov: true),
      Adam(learningRate: x, beta1: x), Adam(learningRate: 0.1, beta2: x, epsilon: x), AdamW(weightDecay: x),
      AdaGrad(rateDecay: x), AdaDelta(decay: x), AdaMax(beta1: x), Lion(beta1: x), NAdam(momentumDecay: x),
      RAdam(beta2: x), RMSProp(decay: x),
    ]
    let data = try Dataset([[0, 1], [1, 0]], labels: [0, 1])
    for optimizer in optimizers {
      survives("\(optimizer)") {
        try Training(Sequential(Dense(2, 2)), loss: softmaxCrossEntropy, optimizer: optimizer)
          .run(on: data, epochs: 1)
      }
    }
    for initializer in [
      Initializer.constant(x), .uniform(x, -x), .normal(mean: x, deviation: x), .orthogonal(gain: x),
      .truncatedNormal(mean: x, deviation: x),
    ] {
      for size in [0, 1, 3] { survives("initializer") { _ = initializer([size, size], fanIn: 0, fanOut: 0, seed: 0) } }
    }
    let schedules: [any Schedule] = [
      ExponentialDecay(factor: x), StepDecay(every: 1, factor: x), OneCycle(peak: x, over: 3, rise: x),
      CosineAnnealing(over: 3, downTo: x), PolynomialDecay(over: 3, power: x), LinearChange(from: x, to: x, over: 2),
      ReduceOnPlateau(factor: x),
    ]
    for schedule in schedules {
      survives("\(schedule)") { try schedule.validate() }
      for time in Edge.integers {
        survives("\(schedule)") { _ = schedule.rate(x, at: ScheduleMoment(time: time, losses: [x, x])) }
        survives("\(schedule)") { _ = schedule.momentum(at: ScheduleMoment(time: time)) }
      }
    }
    for fractions in [[x], [x, x], [], [0.5, x]] {
      survives("split") { _ = try data.split(fractions, seed: 0) }
    }
  }

  @Test func dataOfAnyPart() throws {
    let data = try Dataset([[0, 1], [1, 0], [2, 2]], labels: [0, 1, 0])
    for integer in Edge.integers {
      survives("examples") { _ = try data.examples(at: [integer]) }
      survives("folds") { _ = try data.folds(integer, seed: 0) }
      survives("oneHot") { _ = try data.oneHot(classes: integer) }
      survives("permutation") {
        var random = RandomNumbers(seed: 0)
        if integer < 1000 { _ = random.permutation(of: integer) }
      }
      survives("history") {
        var history = History()
        history.stepLosses = [Double(integer)]
        _ = history.csv
      }
      let training = try Training(
        Sequential(Dense(2, 2)), loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1))
      survives("run") { try training.run(on: data, epochs: min(integer, 2), batchSize: integer) }
      survives("patience") {
        try training.run(on: data, epochs: 2, callbacks: [EarlyStopping(patience: integer)])
      }
      var options = TrainingOptions()
      (options.accumulation, options.threads) = (integer, integer)
      survives("options") {
        let model = Sequential(Dense(2, 2))
        try Training(model, loss: softmaxCrossEntropy, optimizer: Adam(), options: options).run(on: data, epochs: 1)
      }
    }
    for shape in Edge.shapes { survives("reshapingInputs") { _ = try data.reshapingInputs(to: shape) } }
    for method in Edge.integers.filter({ $0 < 1000 || $0 == .max }).map({ MinimizationMethod.lbfgs(memory: $0) }) + [
      .newtonCG
    ] {
      for x in Edge.numbers {
        survives("minimize") {
          let objective = try Objective(from: Tensor(x)) { square($0 - 1) }
          _ = try objective.minimize(with: method, tolerance: x, iterations: 3)
        }
      }
    }
  }

  // MARK: Numbers and texts

  @Test func whatIsWritten() throws {
    for value in Edge.numbers + [123456.789, -1e-9, 9.9999999e15] {
      for count in Edge.integers {
        survives("short") {
          let texts = [
            NumberText.short(value, digits: count), NumberText.latex(value, digits: count),
            NumberText.typographic(value, digits: count), NumberText.fixed(value, places: count),
          ]
          #expect(texts.allSatisfy { !$0.isEmpty && $0.count < 400 })
        }
      }
    }
    let explanation = try square(Graph().input("x", [[1, 2], [3, 4]])).sum().explain()
    for count in Edge.integers {
      survives("text") { _ = explanation.text(digits: count) }
      survives("paths") { _ = (explanation.paths(fromID: count), explanation.pathCount(to: count)) }
      survives("svg") { _ = explanation.svg(width: Double(count)) }
      for value in explanation.nodes.compactMap(\.value) {
        survives("lines") { _ = value.lines(digits: count, rows: count, columns: count) }
        survives("line") { _ = value.line(digits: count, elements: count) }
      }
      survives("value") { _ = ExplainedValue(shape: [count], scalars: [1], limit: count).line() }
      survives("value") { _ = ExplainedValue(shape: [2, 2], scalars: [1, 2, 3, 4], limit: count).lines() }
    }
  }
}
