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
