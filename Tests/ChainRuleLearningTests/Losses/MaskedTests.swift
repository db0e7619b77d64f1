import ChainRule
import ChainRuleLearning
import Testing

/// What is masked counts for nothing: not in the value, not in a gradient, be it infinite or everything there is.
@Suite struct Masks {
  @Test func aQueryThatSeesNothingGetsNothing() throws {
    let graph = Graph()
    func leaf(_ name: String) -> Node { graph.input(name, Tensor(shape: [1, 2, 2], [1, 2, -1, 0.5])) }
    let (q, k, v) = (leaf("q"), leaf("k"), leaf("v"))
    for isCausal in [false, true] {
      let none = scaledDotProductAttention(q, k, v, isCausal: isCausal, keyMask: graph.constant([[0, 0]]))
      #expect(try none.output.value().scalars == [0, 0, 0, 0])
      #expect(try none.weights.value().scalars == [0, 0, 0, 0])
      for slope in try none.output.sum().gradients(withRespectTo: [q, k, v]) {
        #expect(try slope.value().scalars == [0, 0, 0, 0])
      }
    }
    // The first query may see the first key alone, which is masked; the second sees the second.
    let half = scaledDotProductAttention(q, k, v, isCausal: true, keyMask: graph.constant([[0, 1]]))
    #expect(try half.weights.value().scalars == [0, 0, 0, 1])
    #expect(try half.output.value().scalars == [0, 0, -1, 0.5])
  }

  @Test func lossesOfNothingAreZero() throws {
    let graph = Graph()
    let z = graph.input("z", [[1, 2], [3, -1]])
    let none = graph.constant([0, 0]), noElement = graph.constant([[0, 0], [0, 0]])
    let losses = [
      softmaxCrossEntropy(z, graph.constant(Tensor(indices: [0, 1])), mask: none),
      softmaxCrossEntropy(z, graph.constant(Tensor(indices: [0, 1])), classWeights: [1, 2], mask: none),
      sigmoidCrossEntropy(z, graph.constant([[0, 1], [1, 0]]), mask: noElement),
      squaredError(z, graph.constant([[0, 1], [1, 0]]), mask: noElement),
    ]
    for loss in losses {
      #expect(try loss.scalar() == 0)
      #expect(try loss.gradients(withRespectTo: [z])[0].value().scalars == [0, 0, 0, 0])
    }
  }

  @Test func anImpossibleClassThatIsNotMeant() throws {
    let graph = Graph()
    let z = graph.input("z", [[1, 1, -.infinity]])
    let labels = graph.constant(Tensor(indices: [0]))
    let losses = [
      softmaxCrossEntropy(z, labels), softmaxCrossEntropy(z, labels, classWeights: [1, 2, 3]),
      softmaxCrossEntropy(z, graph.constant([[1, 0, 0]])),
      negativeLogLikelihood(logSoftmax(z), graph.constant([[1, 0, 0]])),
    ]
    for loss in losses {
      #expect(abs(try loss.scalar() - 0.6931471805599453) < 1e-15)
      #expect(try loss.gradients(withRespectTo: [z])[0].value().scalars == [-0.5, 0.5, 0])
    }
  }

  /// Rows of which every class is impossible: −∞ with gradient 0, and nothing at all where they are masked; the other
  /// rows, of softmax (0.0900…, 0.2447…, 0.6652…), do not notice. By evaluation and in programs.
  @Test(arguments: [Graph.Precision.double, .single]) func rowsInWhichNothingIsPossible(precision: Graph.Precision)
    throws
  {
    let graph = Graph(precision), none = -Double.infinity, tolerance = precision == .double ? 1e-15 : 1e-7
    let z = graph.input("z", [[none, none, none], [0, 1, 2]])
    let labels = graph.constant(Tensor(indices: [1, 2])), mask = graph.constant([0, 1])
    let shares = [0.09003057317038046, 0.24472847105479764, 0.6652409557748219]
    let even = graph.constant(Tensor(shape: [2, 3], repeating: 1.0 / 3)),
      zeros = graph.constant(Tensor(shape: [2, 3], repeating: 0))
    let losses: [(value: Double, row: [Double], loss: Node)] = [
      (.infinity, [shares[0] / 2, shares[1] / 2, (shares[2] - 1) / 2], softmaxCrossEntropy(z, labels)),
      (0.4076059644443803, [shares[0], shares[1], shares[2] - 1], softmaxCrossEntropy(z, labels, mask: mask)),
      (.infinity, shares.map { ($0 - 1.0 / 3) / 2 }, softmaxCrossEntropy(z, even)),
      (0, [0, 0, 0], klDivergence(logSoftmax(z), zeros)),
      (0, [0, 0, 0], klDivergence(logSoftmax(z), logSoftmax(z).stoppingGradient(), targetIsLogarithm: true)),
    ]
    for (value, row, loss) in losses {
      let slope = try loss.gradients(withRespectTo: [z])[0]
      let program = try graph.compile(inputs: [z], outputs: [loss, slope]).run([z.value()])
      for (found, slopes) in [(try loss.scalar(), try slope.value()), (try program[0].scalar(), program[1])] {
        #expect(found == value || abs(found - value) < tolerance)
        for (found, expected) in zip(slopes.scalars, [0, 0, 0] + row) { #expect(abs(found - expected) < tolerance) }
      }
    }
  }

  /// Predictions and targets that are NaN or infinite where the mask is 0: no gradient comes back from there, and the
  /// other row has that of itself alone.
  @Test(arguments: [Double.nan, .infinity, -.infinity]) func whatIsMaskedIsNotLookedAt(filling: Double) throws {
    let graph = Graph(), rows = graph.constant([0, 1]), elements = graph.constant([[0, 0], [1, 1]])
    let z = graph.input("z", Tensor(shape: [2, 2], [filling, 1, 0.5, 2]))
    let t = graph.constant(Tensor(shape: [2, 2], [filling, filling, 1, 0])),
      labels = graph.constant(Tensor(indices: [0, 1]))
    let alone = graph.input("alone", [[0.5, 2]]), target = graph.constant([[1, 0]])
    let label = graph.constant(Tensor(indices: [1]))
    let pairs: [(Node, Node)] = [
      (squaredError(z, t, mask: elements), squaredError(alone, target)),
      (absoluteError(z, t, mask: elements), absoluteError(alone, target)),
      (huberLoss(z, t, mask: elements), huberLoss(alone, target)),
      (smoothAbsoluteError(z, t, mask: elements), smoothAbsoluteError(alone, target)),
      (hingeLoss(z, t, mask: elements), hingeLoss(alone, target)),
      (squaredHingeLoss(z, t, mask: elements), squaredHingeLoss(alone, target)),
      (sigmoidCrossEntropy(z, t, mask: elements), sigmoidCrossEntropy(alone, target)),
      (binaryCrossEntropy(z / 4, t, mask: elements), binaryCrossEntropy(alone / 4, target)),
      (softmaxCrossEntropy(z, labels, mask: rows), softmaxCrossEntropy(alone, label)),
      (softmaxCrossEntropy(z, t, smoothing: 0.1, mask: rows), softmaxCrossEntropy(alone, target, smoothing: 0.1)),
      (multiClassHingeLoss(z, labels, mask: rows), multiClassHingeLoss(alone, label)),
      (crammerSingerLoss(z, labels, mask: rows), crammerSingerLoss(alone, label)),
      (cosineDistance(z, t, mask: rows), cosineDistance(alone, target)),
      (klDivergence(z, t, mask: elements, reduction: .sum), klDivergence(alone, target, reduction: .sum)),
    ]
    for (number, (masked, single)) in pairs.enumerated() {
      #expect(abs(try masked.scalar() - single.scalar()) < 1e-15, "\(number)")
      let found = try masked.gradients(withRespectTo: [z])[0].value().scalars
      let expected = try single.gradients(withRespectTo: [alone])[0].value().scalars
      for (found, expected) in zip(found, [0, 0] + expected) { #expect(abs(found - expected) < 1e-15, "\(number)") }
    }
  }

  @Test func settingsOutOfTheirRangeAreRefused() throws {
    let graph = Graph(), z = graph.input("z", [[1, 2]]), label = graph.constant(Tensor(indices: [0]))
    for loss in [
      softmaxCrossEntropy(z, label, smoothing: 2), softmaxCrossEntropy(z, label, smoothing: .nan),
      huberLoss(z, 0 * z, delta: 0), huberLoss(z, 0 * z, delta: -1), smoothAbsoluteError(z, 0 * z, beta: -1),
      BatchNorm(2, momentum: .nan)(z), BatchNorm(2, epsilon: -1)(z), LayerNorm(2, epsilon: -1)(z),
      GroupNorm(groups: 1, channels: 2, epsilon: .nan)(z),
    ] {
      #expect(throws: ChainRuleError.self) { try loss.value() }
    }
    #expect(try smoothAbsoluteError(z, 0 * z.stoppingGradient(), beta: 0).scalar() == 1.5)
  }

  /// Rows of any size are normalized without ε too; one that does not vary is 0. No examples are none.
  @Test func normalizationWithoutEpsilon() throws {
    for precision in [Graph.Precision.single, .double] {
      let x = Graph(precision).input("x", [[1e-25, -1e-25], [3, 3], [1e30, -1e30], [2, 0]])
      let y = LayerNorm(2, epsilon: 0, isAffine: false)(x)
      for (found, expected) in zip(try y.value().scalars, [1, -1, 0, 0, 1, -1, 1, -1] as [Double]) {
        #expect(abs(found - expected) < 1e-6)
      }
      #expect(try y.sum().gradients(withRespectTo: [x])[0].value().scalars.allSatisfy(\.isFinite))
    }
    let none = Graph().input("x", Tensor(shape: [0, 4, 3], []))
    #expect(try GroupNorm(groups: 2, channels: 4)(none).value().shape == [0, 4, 3])
  }

  // MARK: Metrics

  /// What is no number is not right, and a class without a score is a mistake.
  @Test func scoresThatAreNoNumbers() throws {
    let scores = Tensor(shape: [2, 2], [.nan, .nan, 1, 0]), targets = Tensor(indices: [0, 0])
    for metric in [Metric.accuracy, .topK(1), .f1, .precision, .recall, .microF1] {
      #expect(try metric(scores, targets).isNaN, "\(metric.name)")
      #expect(throws: ChainRuleError.self, "\(metric.name)") { try metric([[1, 0]], Tensor(indices: [2])) }
      #expect(throws: ChainRuleError.self, "\(metric.name)") { try metric([[1, 0]], Tensor(indices: [-1])) }
    }
    #expect(try Metric.labelAccuracy(Tensor(shape: [2], [.nan, 1]), [0, 1]).isNaN)
    #expect(throws: ChainRuleError.self) { try ConfusionMatrix(scores: scores, targets: targets) }
    #expect(throws: ChainRuleError.self) { try Metric.topK(0)([[1, 0]], Tensor(indices: [0])) }
    #expect(abs(try Metric.rootMeanSquaredError([3e200, 4e200], [0, 0]) / 1e200 - 12.5.squareRoot()) < 1e-14)
  }

  @Test func noExamplesAreNotMeasured() throws {
    let training = try Training(Dense(2, 2), loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1))
    let none = try Dataset(inputs: Tensor(shape: [0, 2], []), targets: Tensor(indices: []))
    let rows = try Dataset([[0, 1], [1, 0]], labels: [0, 1])
    #expect(throws: ChainRuleError.self) { try training.evaluate(on: none) }
    #expect(throws: ChainRuleError.self) { try training.run(on: rows, validatingOn: none, epochs: 1) }
  }

  @Test func divergencesFromWhatCannotBe() throws {
    let graph = Graph()
    let s = graph.input("s", [[-.infinity, 0]])
    let divergence = klDivergence(s, graph.constant([[0, 1]]))
    #expect(try divergence.scalar() == 0)
    #expect(try divergence.gradients(withRespectTo: [s])[0].value().scalars == [0, -1])
    let logarithms = klDivergence(s, graph.constant([[-.infinity, 0]]), targetIsLogarithm: true)
    #expect(try logarithms.scalar() == 0)
    #expect(try logarithms.gradients(withRespectTo: [s])[0].value().scalars == [0, -1])
    let z = graph.input("z", [-.infinity, .infinity])
    #expect(try sigmoidCrossEntropy(z, graph.constant([0, 1])).scalar() == 0)
  }

  @Test func aWeightThatIsZeroStillHasItsSlope() throws {
    // ∂/∂y of −y · s is −s, also at y = 0.
    let graph = Graph()
    let s = graph.constant([[-1, -2]]), y = graph.input("y", [[0, 1]])
    #expect(try negativeLogLikelihood(s, y).gradients(withRespectTo: [y])[0].value().scalars == [1, 2])
  }

  // MARK: Gradients of any size

  @Test(
    arguments: [
      ([3e20, 4e20], Graph.Precision.single), ([3e-23, 4e-23], .single), ([3e37, 4e37], .single),
      ([3e200, 4e200], .double),
      ([3e307, 4e307], .double), ([0.3, 0.4], .double),
    ] as [([Double], Graph.Precision)])
  func clippedGradientsKeepTheirDirection(gradient: [Double], precision: Graph.Precision) throws {
    let graph = Graph(precision)
    let parts = gradient.map { graph.input("g", Tensor([$0])) }
    let clipped = try GradientClipping.globalNorm(1)(parts).map { try $0.value().scalars[0] }
    let factor = Swift.min(1, 1 / (5 * gradient[0] / 3))
    for (found, given) in zip(clipped, gradient) { #expect(abs(found - given * factor) <= 2e-6 * given * factor) }
  }

  @Test(arguments: [1e-20, 1, 1e20, 3e37]) func cosineSimilarityOfVectorsOfAnyLength(size: Double) throws {
    let graph = Graph(.single)
    let x = graph.input("x", Tensor([[3 * size, 4 * size]])), y = graph.constant(Tensor([[4 * size, 3 * size]]))
    let similarity = cosineSimilarity(x, y, epsilon: 1e-30)
    #expect(abs(try similarity.value().scalars[0] - 0.96) < 1e-6)
    #expect(try similarity.sum().gradients(withRespectTo: [x])[0].value().scalars.allSatisfy(\.isFinite))
  }

  // MARK: State

  @Test(
    arguments: [
      SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.1), Adam(learningRate: 0.1), AdamW(learningRate: 0.1),
      RMSProp(learningRate: 0.1), Lion(learningRate: 0.1),
    ] as [any Optimizer]) func aPaddingRowIsZeroForEver(optimizer: any Optimizer) throws
  {
    struct Sentence: Model {
      let table = Embedding(4, 3, paddingIndex: 1)
      let output = Dense(3, 2)
      func callAsFunction(_ x: Node) -> Node { output(table(x).mean(axes: [1])) }
    }
    let model = Sentence()
    let rows = try Dataset(
      inputs: Tensor(indices: [0, 1, 2, 1, 3, 1], shape: [3, 2]), targets: Tensor(indices: [0, 1, 0]))
    try Training(model, loss: softmaxCrossEntropy, optimizer: optimizer).run(on: rows, epochs: 3)
    #expect(model.table.weight.value.rows(1..<2).scalars == [0, 0, 0])
    #expect(Embedding(2, 2, paddingIndex: 2).weight.value.error != nil)
  }

  @Test func oneColumnOfScoresHasNoClasses() throws {
    let scores: Tensor = [[0.2], [-1], [3]], targets = Tensor(indices: [1, 0, 1])
    for metric in [Metric.accuracy, .f1, .precision, .recall, .microF1, .topK(1)] {
      #expect(throws: ChainRuleError.self, "\(metric.name)") { try metric(scores, targets) }
    }
    #expect(try Metric.labelAccuracy(scores, targets) == 1)
  }

  @Test func aLossThatReshapesHasNoAccuracyByItself() throws {
    let rows = try Dataset([[0, 1], [1, 0], [1, 1]], labels: [0, 1, 1])
    let training = try Training(
      Sequential(Dense(2, 1)),
      loss: { z, y in sigmoidCrossEntropy(z.reshaped(to: y.shape), `where`(equal(y, 1), 1, z.graph.constant(Tensor(0))))
      },
      optimizer: SGD(learningRate: 0.1))
    #expect(try training.run(on: rows, epochs: 1).last?.accuracy == nil)
  }

  @Test func freezingTakesEffectInTheNextStep() throws {
    let model = Sequential(Dense(2, 2), Dense(2, 2))
    let rows = try Dataset([[0, 1], [1, 0], [1, 1]], labels: [0, 1, 1])
    let training = try Training(model, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1))
    try training.run(on: rows, epochs: 1)
    let path = try #require(model.parameters.first?.path), parameter = try #require(model.parameters.first?.parameter)
    try model.freeze(path)
    let before = parameter.value
    try training.run(on: rows, epochs: 1)
    #expect(parameter.value == before)
    try model.unfreeze(path)
    try training.run(on: rows, epochs: 1)
    #expect(parameter.value != before)
    try model.freeze()
    #expect(throws: ChainRuleError.self) { try training.run(on: rows, epochs: 1) }
  }
}
