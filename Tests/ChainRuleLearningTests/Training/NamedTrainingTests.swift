import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

/// Two slopes, each with an output of its own.
private struct Slopes: NamedModel {
  var a = Dense(weight: [[0]]), b = Dense(weight: [[0]])
  func callAsFunction(_ inputs: NamedNodes) -> [String: Node] { ["first": a(inputs.x), "second": b(inputs["x"])] }
}

/// Numbers and classes from two inputs of different widths.
private struct Pair: Parameterized {
  var left = Dense(4, 6, activation: tanh), right = Dense(2, 6, activation: tanh)
  var value = Dense(12, 1), kind = Dense(12, 3)
  func callAsFunction(_ x: Node, _ z: Node) -> (Node, Node) {
    let both = concatenate([left(x), right(z)], axis: 1)
    return (value(both), kind(both))
  }
}

@Suite("Training by names") struct NamedTrainingTests {
  private func pairs(_ count: Int, seed: UInt64) throws -> Dataset {
    let clusters = try clusters(count, seed: seed), x = clusters.inputs.scalars
    var (z, sums): ([[Double]], [[Double]]) = ([], [])
    for row in 0..<count {
      let first = x[4 * row], second = x[4 * row + 1]
      z.append([first, first - second])
      sums.append([first + first - second])
    }
    return try Dataset(
      inputs: ["x": clusters.inputs, "z": Tensor(z)],
      targets: ["kind": clusters.targets, "value": Tensor(sums)])
  }

  private func training(_ weights: (Double, Double) = (1, 0.5)) throws -> Training<Pair> {
    try Training(
      withSeed(3) { Pair() },
      losses: [
        NamedLoss("value", weight: weights.0, meanSquaredError),
        NamedLoss("kind", weight: weights.1, softmaxCrossEntropy),
      ], optimizer: Adam(learningRate: 0.02)
    ) { pair, inputs in
      let (value, kind) = pair(inputs.x, inputs.z)
      return ["value": value, "kind": kind]
    }
  }

  /// By hand: of (a·x − y)² the slope at a = 0 is −2·mean(x·y), which is −10 for `first` and −3, halved, for `second`.
  @Test func aStepIsThatOfTheWeightedSum() throws {
    let data = try Dataset(
      inputs: ["x": [[1], [2]]], targets: ["first": [[2], [4]], "second": [[1], [1]], "unused": [[0], [0]]])
    var options = TrainingOptions()
    options.precision = .double
    let training = try Training(
      Slopes(), losses: [NamedLoss("first", meanSquaredError), NamedLoss("second", weight: 0.5, meanSquaredError)],
      optimizer: SGD(learningRate: 0.1), options: options)
    let history = try training.run(on: data, validatingOn: data, epochs: 1, batchSize: 2)
    #expect(training.modelState["a.weight"] == [[1]])
    #expect(abs(training.model.b.weight.value[0, 0] - 0.15) < 1e-15)
    let epoch = try #require(history.last)
    #expect(epoch.metrics == ["first_loss": 10, "second_loss": 1] && epoch.loss == 10.5)
    #expect(epoch.validationMetrics["first_loss"] == 2.5)
    #expect(history.csv.hasPrefix("epoch,loss,first_loss,second_loss,validation_loss,validation_first_loss,"))
    let outputs = try training.outputs(for: data, batchSize: 1)
    #expect(outputs["first"] == [[1], [2]] && outputs["second"]?.shape == [2, 1])
    #expect(try training.model.predict(["x": [[1], [2]]], precision: .double) == outputs)
    let small = try training.model.predict(["x": [[1], [2]]], precision: .double, weights: .int8)
    for (name, slope) in [("first", 1), ("second", 0.15)] {  // one weight is its column's largest: kept as it is
      let values = try #require(small[name]).scalars
      #expect(abs(values[0] - slope) < 1e-12 && abs(values[1] - 2 * slope) < 1e-12, "\(name): \(values)")
    }
  }

  /// One input, one output, one loss: the numbers of a training without names, bit for bit.
  @Test func oneOfEachIsTheTrainingWithoutNames() throws {
    let examples = try clusters(50, seed: 1)
    let plain = try Training(withSeed(1) { Net() }, loss: softmaxCrossEntropy, optimizer: Adam(), seed: 2)
    var options = TrainingOptions()
    options.seed = 2
    let named = try Training(
      withSeed(1) { Net() }, losses: [NamedLoss("kind", softmaxCrossEntropy)], optimizer: Adam(), options: options
    ) { ["kind": $0($1.only)] }
    let twin = try Dataset(inputs: ["x": examples.inputs], targets: ["kind": examples.targets])
    let first = try plain.run(on: examples, validatingOn: examples, epochs: 3)
    let second = try named.run(on: twin, validatingOn: twin, epochs: 3)
    #expect(first.stepLosses == second.stepLosses && plain.modelState == named.modelState)
    #expect(first.last?.validationAccuracy == second.last?.validationMetrics["kind_accuracy"])
    #expect(second.last?.metrics["kind_loss"] == second.last?.loss)
  }

  @Test func aRunOfSeveralOutputsLearnsAndResumes() throws {
    let data = try pairs(96, seed: 1), test = try pairs(60, seed: 2)
    let whole = try training()
    let history = try whole.run(on: data, validatingOn: test, epochs: 30)
    let metrics = try #require(history.last?.validationMetrics)
    #expect(Set(metrics.keys) == ["kind_accuracy", "kind_loss", "value_loss"])
    #expect(metrics["kind_accuracy"] ?? 0 > 0.9 && metrics["value_loss"] ?? 9 < 0.3)
    let half = try training()
    try half.run(on: data, validatingOn: test, epochs: 14, callbacks: [StopAfter(32)])
    let resumed = try training()
    try resumed.resume(from: half.checkpoint())
    try resumed.run(on: data, validatingOn: test, epochs: 30 - resumed.completedEpochs)
    #expect(resumed.modelState == whole.modelState && resumed.history.stepLosses == history.stepLosses)
    #expect(resumed.history.map(\.metrics) == history.map(\.metrics))
  }

  @Test func aLossOfWeightZeroIsOnlyMeasured() throws {
    let data = try pairs(40, seed: 1), model = try training((1, 0))
    #expect(throws: ChainRuleError.self, "nothing leads from the kind to the loss") {
      try model.run(on: data, epochs: 1)
    }
    try model.model.freeze("kind")
    let history = try model.run(on: data, epochs: 2)
    #expect(history.last?.metrics["kind_loss"] != nil)
    #expect(history.last.map { $0.loss == $0.metrics["value_loss"] } == true)
  }

  @Test func structsOfColumnsGiveTheNames() throws {
    struct Inside { let z = [0.5, 1.5] }
    struct Inputs { var x: [[Double]] = [[1, 2], [3, 4]], image = Tensor([[1], [2]]), inside = Inside() }
    struct Answers { var kind = [1, 0] }
    let data = try Dataset(columns: Inputs(), targets: Answers())
    #expect(data.inputColumns == ["x": [[1, 2], [3, 4]], "image": [[1], [2]], "inside.z": [0.5, 1.5]])
    #expect(data.targets == Tensor(indices: [1, 0]) && data.count == 2)
    #expect(try data.examples(at: [1]).inputColumns["x"] == [[3, 4]])
    struct Wrong { var names = ["a", "b"] }
    let error = #expect(throws: ChainRuleError.self) { try Dataset(columns: Wrong(), targets: Answers()) }
    #expect(error?.got == "names of type Array<String>")
  }

  @Test func mistakesNameWhatThereIs() throws {
    let data = try pairs(12, seed: 1)
    func got(_ body: () throws -> Void) -> String? { #expect(throws: ChainRuleError.self) { try body() }?.got }
    #expect(got { _ = try training((0, 0)) } == "2 of weight 0")
    #expect(got { _ = try training((.nan, 1)) } == "nan for \"value\"")
    let squared = NamedLoss("value", meanSquaredError)
    func make(_ losses: [NamedLoss], _ change: (inout TrainingOptions) -> Void = { _ in }) throws -> Training<Pair> {
      var options = TrainingOptions()
      change(&options)
      return try Training(Pair(), losses: losses, optimizer: Adam(), options: options) { pair, inputs in
        ["value": pair(inputs.x, inputs.z).0]
      }
    }
    #expect(got { _ = try make([]) } == "no loss")
    #expect(got { _ = try make([squared, squared]) } == "two called \"value\"")
    #expect(got { _ = try make([NamedLoss("validation", meanSquaredError)]) } == "\"validation\"")
    #expect(got { _ = try make([squared]) { $0.metrics = [.accuracy] } } == "metrics")
    #expect(
      got { try make([NamedLoss("kind", softmaxCrossEntropy)]).run(on: data, epochs: 1) } == "only \"value\"")
    let rows = got { _ = try Dataset(inputs: ["x": [[1], [2]], "z": [[1]]], targets: ["y": [[0], [1]]]) }
    #expect(rows == "2 inputs and 1 targets: x of shape [2, 1], z of shape [1, 1], y of shape [2, 1]")
    #expect(got { _ = try Dataset(inputs: [String: Tensor](), targets: ["y": [[0]]]) }?.hasPrefix("0 inputs") == true)
    let plain = try Training(Net(), loss: softmaxCrossEntropy, optimizer: Adam())
    #expect(got { try plain.run(on: data, epochs: 1) } == "inputs called x, z")
    #expect(got { _ = try training().predictions(for: data) } == "outputs called kind, value")
    #expect(got { _ = try data.oneHot() } == "targets called kind, value")
    #expect(got { _ = try data.split([0.5, 0.5], seed: 1, isStratified: true) } == "targets called kind, value")
    #expect(try data.split([0.5, 0.5], seed: 1).map(\.count) == [6, 6])
  }

  @Test func metricsAreThoseOfTheirOutput() throws {
    let data = try pairs(30, seed: 1)
    func history(_ metrics: [String: [Metric]]) throws -> History {
      var options = TrainingOptions()
      options.outputMetrics = metrics
      let training = try Training(
        withSeed(1) { Pair() }, losses: [NamedLoss("value", meanSquaredError), NamedLoss("kind", softmaxCrossEntropy)],
        optimizer: Adam(), options: options
      ) { pair, inputs in
        let (value, kind) = pair(inputs.x, inputs.z)
        return ["value": value, "kind": kind]
      }
      return try training.run(on: data, validatingOn: data, epochs: 1)
    }
    let measured = try history(["value": [.rSquared], "kind": [.topK(2)]]).last
    #expect(
      measured?.validationMetrics.keys.contains("value_\(Metric.rSquared.name)") == true)
    #expect(measured?.validationMetrics.keys.contains { $0.hasPrefix("kind_top") } == true)
    #expect(measured?.validationMetrics["kind_accuracy"] == nil)
    let error = #expect(throws: ChainRuleError.self) { try history(["price": [.rSquared]]) }
    #expect(error?.got == "\"price\"; the outputs are kind, value, the targets kind, value")
  }
}
