import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

/// What loops are made of: orders, averages, layers by name and in both directions, labels in words.
@Suite struct PartsOfLoops {
  private func data(_ count: Int = 40) throws -> Dataset {
    let rows: [[Double]] = (0..<count).map { i in [Double(i % 7) / 7, Double(i % 5) / 5] }
    return try Dataset(rows, labels: (0..<count).map { $0 % 2 })
  }

  private func training(rate: Double = 0.1) throws -> Training<Sequential> {
    try Training(
      withSeed(1) { Sequential(Dense(2, 2)) }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: rate), seed: 1)
  }

  @Test func weightsSayHowOftenAnExampleComes() throws {
    let weights = [1.0, 0, 3, 6]
    let drawn = (0..<4000).flatMap { BatchOrder.weighted(weights).positions(count: 4, epoch: $0, seed: 5) }
    for (place, weight) in weights.enumerated() {
      let share = Double(drawn.count { $0 == place }) / Double(drawn.count)
      // Four standard deviations of a share of 16,000.
      #expect(abs(share - weight / 10) <= 4 * (weight / 10 * (1 - weight / 10) / 16_000).squareRoot())
    }
    let order = BatchOrder.weighted(weights)
    #expect(order.positions(count: 4, epoch: 1, seed: 5) == order.positions(count: 4, epoch: 1, seed: 5))
    for wrong in [[], [1.0, 1], [1, 1, 1, -1], [0, 0, 0, 0], [1, 1, 1, .nan], [1, 1, 1, .infinity]] {
      #expect(throws: ChainRuleError.self) { try training().run(on: data(4), epochs: 1, order: .weighted(wrong)) }
    }
  }

  @Test func theLastBatchIsDropped() throws {
    let all = try training(), whole = try training()
    #expect(try all.run(on: data(), epochs: 2, batchSize: 16).stepLosses.count == 6)
    #expect(try whole.run(on: data(), epochs: 2, batchSize: 16, dropsLast: true).stepLosses.count == 4)
    #expect(try training().run(on: data(), epochs: 1, batchSize: 20, dropsLast: true).stepLosses.count == 2)
    #expect(throws: ChainRuleError.self) { try training().run(on: data(), epochs: 1, batchSize: 41, dropsLast: true) }
  }

  /// The mean of what the parameters were after epochs 2, 3 and 4.
  @Test func aMeanOfEpochsIsTheirMean() throws {
    var states: [ModelState] = []
    let training = try training()
    let average = WeightAverage(.equal(fromEpoch: 2))
    try training.run(on: data(), epochs: 4, callbacks: [AfterEpoch { states.append($0.modelState) }, average])
    for entry in training.modelState.entries {
      let each = try states.dropFirst().map { try #require($0[entry.path]).scalars }
      for (place, value) in entry.value.scalars.enumerated() {
        #expect(abs(value - (each[0][place] + each[1][place] + each[2][place]) / 3) < 1e-6)
      }
    }
  }

  /// a ← d a + (1 − d) θ with d = min(decay, (1 + t)/(10 + t)), by hand.
  @Test func anExponentialMeanFollowsItsFormula() throws {
    final class Steps: Callback {
      var states: [[Double]] = []
      func stepEnded(_ session: any TrainingSession, loss: Double) throws {
        states.append(session.modelState.entries.flatMap(\.value.scalars))
      }
    }
    let training = try training(), steps = Steps()
    try training.run(on: data(), epochs: 3, callbacks: [steps, WeightAverage(.exponential(decay: 0.5))])
    var expected = steps.states[0]
    for (index, state) in steps.states.enumerated().dropFirst() {
      let t = Double(index + 1), decay = min(0.5, (1 + t) / (10 + t))
      expected = zip(expected, state).map { decay * $0 + (1 - decay) * $1 }
    }
    let ours = training.modelState.entries.flatMap(\.value.scalars)
    for (a, b) in zip(ours, expected) { #expect(abs(a - b) < 1e-6) }
    #expect(throws: ChainRuleError.self) {
      try training.run(on: data(), epochs: 1, callbacks: [WeightAverage(.exponential(decay: 1))])
    }
    #expect(throws: ChainRuleError.self) {
      try training.run(on: data(), epochs: 1, callbacks: [WeightAverage(.equal(fromEpoch: 0))])
    }
  }

  @Test func aResumedAverageGoesOn() throws {
    let whole = try training(), first = try training(), second = try training()
    try whole.run(on: data(), epochs: 4, callbacks: [WeightAverage(.equal(fromEpoch: 1))])
    var checkpoint: Checkpoint?
    let average = WeightAverage(.equal(fromEpoch: 1))
    final class Keep: Callback {
      var checkpoint: Checkpoint?
      func trainingEnded(_ session: any TrainingSession) throws { checkpoint = session.checkpoint() }
    }
    let keep = Keep()
    try first.run(on: data(), epochs: 2, callbacks: [keep, average])
    checkpoint = keep.checkpoint
    try second.resume(from: #require(checkpoint))
    try second.run(on: data(), epochs: 2, callbacks: [WeightAverage(.equal(fromEpoch: 1))])
    #expect(second.modelState == whole.modelState)
  }

  @Test func anActivationIsToldByItsName() throws {
    let x = Tensor([[-1.5, 0.25], [2, -0.5]])
    let pairs: [(Activation, @Sendable (Node) -> Node)] = [
      (.relu, { relu($0) }), (.leakyReLU, { leakyReLU($0) }), (.elu, { elu($0) }), (.gelu, { gelu($0) }),
      (.silu, { silu($0) }), (.softplus, { softplus($0) }), (.sigmoid, { sigmoid($0) }), (.tanh, { tanh($0) }),
      (.softmax, { ChainRuleCore.softmax($0) }),
    ]
    for (activation, function) in pairs {
      let named = Dense(2, 3, activation: activation, seed: 4), plain = Dense(2, 3, activation: function, seed: 4)
      #expect(try named.predict(x) == plain.predict(x), "\(activation)")
    }
    let image = Tensor(shape: [1, 1, 4, 4], (0..<16).map { Double($0) - 8 })
    let conv = Conv2D(1, 2, kernel: [3], activation: .gelu, seed: 1)
    #expect(try conv.predict(image) == Conv2D(1, 2, kernel: [3], activation: { gelu($0) }, seed: 1).predict(image))
    #expect(Conv1D(1, 2, kernel: 3, activation: .tanh).activation != nil)
    #expect(TransposedConv2D(1, 2, kernel: [2], activation: .silu).activation != nil)
  }

  @Test func bothDirectionsSeeTheSameSequence() throws {
    let layer = Bidirectional<GRUCell>(3, 4, seed: 2),
      x = Tensor(shape: [2, 5, 3], (0..<30).map { Double($0 % 11) / 7 })
    let y = try layer.predict(x, precision: .double)
    #expect(y.shape == [2, 5, 8])
    let ahead = try layer.forwards[0].predict(x, precision: .double)
    let graph = Graph()
    let turned = try graph.constant(x).flipped(axes: [1]).value()
    let back = try layer.backwards[0].predict(turned, precision: .double)
    for batch in 0..<2 {
      for time in 0..<5 {
        for unit in 0..<4 {
          #expect(y[batch, time, unit] == ahead[batch, time, unit])
          #expect(y[batch, time, 4 + unit] == back[batch, 4 - time, unit])
        }
      }
    }
    #expect(try Bidirectional<LSTMCell>(3, 4, layers: 2, returnsSequence: false).predict(x).shape == [2, 8])
    #expect(Bidirectional<RNNCell>(3, 4, layers: 0)(Graph().constant(x)).error != nil)
    #expect(Bidirectional<RNNCell>(3, 4)(Graph().constant([1, 2])).error != nil)
  }

  @Test func labelsMayBeWords() throws {
    let data = try Dataset([[1], [2], [3]], labels: ["dog", "cat", "dog"])
    #expect(data.classNames == ["cat", "dog"] && data.targets.indices == [1, 0, 1])
    #expect(throws: ChainRuleError.self) { try Dataset([[1], [2]], labels: ["a"]) }
  }
}
