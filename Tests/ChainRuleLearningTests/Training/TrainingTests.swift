import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

@Suite struct TrainingRuns {
  @Test func accumulatedGradientsAreThoseOfOneLargeBatch() throws {
    let examples = try line(20)
    func run(_ batchSize: Int, _ accumulation: Int) throws -> ModelState {
      let training = try Training(
        withSeed(2) { Line() }, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1), precision: .double,
        accumulation: accumulation)
      try training.run(on: examples, epochs: 3, batchSize: batchSize, order: .sequential)
      return training.modelState
    }
    let (large, small) = try (run(20, 1), run(6, 4))
    for (a, b) in zip(large.entries, small.entries) {
      for (x, y) in zip(a.value.scalars, b.value.scalars) { #expect(abs(x - y) < 1e-12) }
    }
  }

  @Test func earlyStoppingBringsBackTheBestParameters() throws {
    let examples = try clusters(40, seed: 1)
    let training = try Training(
      withSeed(1) { Net() }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 3), seed: 4)
    var states: [ModelState] = []
    let stopping = EarlyStopping(patience: 3)
    let history = try training.run(
      on: examples, validatingOn: clusters(40, seed: 2), epochs: 60,
      callbacks: [AfterEpoch { states.append($0.modelState) }, stopping])
    let best = try #require(history.enumerated().min { ($0.1.validationLoss ?? 0) < ($1.1.validationLoss ?? 0) })
    #expect(stopping.bestEpoch == best.offset + 1)
    #expect(history.count == best.offset + 4)
    #expect(history.stopReason == "no improvement since epoch \(best.offset + 1)")
    #expect(training.modelState == states[best.offset])
  }

  @Test func theNumberOfThreadsChangesNoBit() throws {
    // Wide enough that products and reductions are shared by threads.
    let digits = try Digits.bundled().training.examples(at: Array(0..<512))
    func run(_ threads: Int) throws -> Checkpoint {
      let model = withSeed(1) { Sequential(Dense(64, 256, activation: { tanh($0) }), BatchNorm(256), Dense(256, 10)) }
      let training = try Training(
        model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01), clipping: .globalNorm(1),
        threads: threads)
      try training.run(on: digits, epochs: 2, batchSize: 256)
      return training.checkpoint()
    }
    let (one, two) = try (run(1), run(2))
    #expect(one.model == two.model)
    #expect(one.optimizer == two.optimizer)
    #expect(one.history.stepLosses == two.history.stepLosses)
  }

  @Test func aLossThatIsNotFiniteIsTracedToItsNode() throws {
    struct Broken: Model {
      var layer = Dense(weight: Tensor([[1]]))
      func callAsFunction(_ x: Node) -> Node { log(layer(x).named("score")) }
    }
    let model = Broken()
    let training = try Training(model, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1))
    let examples = try Dataset([[1], [2], [0], [3]], values: [[0], [0], [0], [0]])
    let error = #expect(throws: ChainRuleError.self) {
      try training.run(on: examples, epochs: 2, batchSize: 1, order: .sequential)
    }
    #expect(error?.origin == "Training, epoch 1, batch 3")
    #expect(error?.got.hasPrefix("-inf at element 0 of log") == true)
    #expect(error?.got.contains("computed from score of shape [1, 1] with 0.0 … 0.0") == true)
    #expect(training.completedSteps == 2)
    #expect(!model.layer.weight.value.scalars.contains { !$0.isFinite })
  }

  @Test func gradientsThatVanishOrExplodeAreNamed() throws {
    struct Deep: Model {
      var first = Dense(2, 2, activation: sigmoid)
      var last = Dense(2, 1)
      func callAsFunction(_ x: Node) -> Node { last(first(100 * x)) }
    }
    let monitor = GradientMonitor(vanishing: 1e-3)
    let training = try Training(
      withSeed(1) { Deep() }, loss: { p, t in 1e5 * meanSquaredError(p, t) }, optimizer: SGD(learningRate: 0),
      monitorsGradients: true)
    let history = try training.run(on: Dataset([[9, 9]], values: [[7]]), epochs: 2, callbacks: [monitor])
    #expect(monitor.findings.first { $0.path == "first.weight" }?.kind == .vanishing)
    #expect(monitor.findings.first { $0.path == "last.weight" }?.kind == .exploding)
    #expect((history.last?.gradientNorm ?? 0) > 1e4)
  }

  @Test func penaltiesPullWeightsButNotBiases() throws {
    let model = Line(), before = model.state
    let zero = try Dataset([[0, 0]], values: [[0]])
    let training = try Training(
      model, loss: { p, _ in 0 * p.sum() }, optimizer: SGD(learningRate: 0.1), precision: .double,
      penalties: [.l2(0.5)])
    try training.run(on: zero, epochs: 1)
    for (a, b) in zip(model.layer.weight.value.scalars, before["layer.weight"]?.scalars ?? []) {
      #expect(abs(a - 0.9 * b) < 1e-12)
    }
    #expect(model.state["layer.bias"] == before["layer.bias"])
  }

  @Test func groupsHaveOptimizersOfTheirOwn() throws {
    let model = Line(), before = model.state
    let training = try Training(
      model, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1),
      groups: [ParameterGroup(at: ["layer.bias"], optimizer: SGD(learningRate: 0))])
    try training.run(on: line(10), epochs: 1)
    #expect(model.state["layer.bias"]?.floats == before["layer.bias"]?.floats)
    #expect(model.state["layer.weight"]?.floats != before["layer.weight"]?.floats)
  }

  @Test func aScheduleSetsTheRateBeforeEachStepOrEpoch() throws {
    let training = try Training(
      Line(), loss: meanSquaredError, optimizer: SGD(learningRate: 1e-3), schedule: StepDecay(every: 2, factor: 0.5),
      schedulePeriod: .epoch)
    let history = try training.run(on: line(10), epochs: 5, batchSize: 3)
    #expect(history.map(\.learningRate) == [1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4])
  }

  @Test func interruptionStopsAfterTheStep() throws {
    let training = try Training(Line(), loss: meanSquaredError, optimizer: SGD(learningRate: 1e-3))
    final class Presser: Callback {
      func stepEnded(_ session: any TrainingSession, loss: Double) { Interruption.request() }
    }
    let history = try training.run(
      on: line(10), epochs: 5, batchSize: 5, callbacks: [Presser()], stopsOnInterrupt: true)
    #expect(history.stopReason == "interrupted")
    #expect(history.stepLosses.count == 1)
  }

  @Test func anotherPrecisionGivesTheSameCurve() throws {
    func losses(_ precision: Graph.Precision) throws -> [Double] {
      let training = try Training(
        withSeed(1) { Line() }, loss: meanSquaredError, optimizer: SGD(learningRate: 0.05), precision: precision)
      return try training.run(on: line(30), epochs: 3, batchSize: 8).stepLosses
    }
    for (a, b) in zip(try losses(.single), try losses(.double)) { #expect(abs(a - b) < 1e-4 * abs(b) + 1e-5) }
  }

  @Test func optionsAreTheArgumentsWrittenOut() throws {
    var options = TrainingOptions()
    (options.precision, options.seed, options.accumulation) = (.double, 4, 2)
    (options.schedule, options.schedulePeriod) = (StepDecay(every: 1, factor: 0.5), .epoch)
    (options.penalties, options.clipping, options.metrics) = ([.l2(0.1)], .globalNorm(0.5), [.rSquared])
    (options.groups, options.threads) = ([ParameterGroup(at: ["layer.bias"], optimizer: AdamW())], 1)
    options.monitorsGradients = true
    let short = try Training(
      withSeed(1) { Line() }, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1), options: options)
    let long = try Training(
      withSeed(1) { Line() }, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1), precision: .double, seed: 4,
      schedule: StepDecay(every: 1, factor: 0.5), schedulePeriod: .epoch, penalties: [.l2(0.1)],
      clipping: .globalNorm(0.5), accumulation: 2, groups: [ParameterGroup(at: ["layer.bias"], optimizer: AdamW())],
      metrics: [.rSquared], monitorsGradients: true, threads: 1)
    for training in [short, long] {
      try training.run(on: line(30), validatingOn: line(30), epochs: 3, batchSize: 8)
      #expect(!training.gradientNorms.isEmpty)
      #expect(training.history.last?.validationMetrics["r2"] != nil)
    }
    #expect(short.checkpoint().model == long.checkpoint().model)
    #expect(short.checkpoint().optimizer == long.checkpoint().optimizer)
    #expect(short.history.map(\.learningRate) == long.history.map(\.learningRate))
  }

  @Test func parametersKeepTheNamesThatTheyHave() throws {
    struct Named: Model {
      let weight = Parameter([[1], [2]], name: "slope"), offset = Parameter([0])
      func callAsFunction(_ x: Node) -> Node { x.matmul(x.graph.parameter(weight)) + x.graph.parameter(offset) }
    }
    let model = Named()
    let training = try Training(model, loss: meanSquaredError, optimizer: SGD(learningRate: 0.1))
    try training.run(on: line(4), epochs: 1)
    #expect(model.weight.name == "slope")
    #expect(model.offset.name.isEmpty)
    #expect(training.parameters.map(\.path) == ["weight", "offset"])
  }

  @Test func messagesCallANamelessParameterByItsPath() throws {
    struct Narrow: Model {
      var layer = Dense(weight: Tensor([[1], [2], [3]]))
      func callAsFunction(_ x: Node) -> Node { layer(x) }
    }
    let training = try Training(Narrow(), loss: meanSquaredError, optimizer: SGD(learningRate: 0.1))
    let error = #expect(throws: ChainRuleError.self) { try training.run(on: line(4), epochs: 1) }
    #expect(error?.description.contains("layer.weight") == true, "\(error?.description ?? "")")
  }

  @Test func earlyStoppingWatchesTheMetricOfTheValidation() throws {
    let stopping = EarlyStopping(patience: 2, watching: .metric("r2"))
    let training = try Training(
      Line(), loss: meanSquaredError, optimizer: SGD(learningRate: 0), metrics: [.labelAccuracy])
    let error = #expect(throws: ChainRuleError.self) {
      try training.run(on: line(10), validatingOn: line(10), epochs: 2, callbacks: [stopping])
    }
    #expect(error?.got == "only label_accuracy")
  }

  @Test func aHistoryQuotesNamesThatHoldCommas() throws {
    let metric = Metric("a,\"b\"") { _, _ in 1 }
    let training = try Training(Line(), loss: meanSquaredError, optimizer: SGD(learningRate: 0), metrics: [metric])
    let csv = try training.run(on: line(4), epochs: 1).csv
    #expect(csv.hasPrefix("epoch,loss,\"a,\"\"b\"\"\",validation_loss,learning_rate"))
  }
}
