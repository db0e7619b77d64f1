import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

/// Settings that an optimizer, a schedule or a clipping cannot work with are refused before anything is trained.
@Suite struct SettingTests {
  static let optimizers: [(any Optimizer, String)] = [
    (SGD(learningRate: -1), "SGD: required learningRate of at least 0, got -1.0."),
    (SGD(learningRate: .infinity), "SGD: required learningRate of at least 0, got inf."),
    (SGD(learningRate: 1, momentum: -0.1), "SGD: required momentum of at least 0, got -0.1."),
    (SGD(learningRate: 1, momentum: 1, dampening: 2), "SGD: required dampening of at least 0 and at most 1, got 2.0."),
    (Adam(learningRate: -1), "Adam: required learningRate of at least 0, got -1.0."),
    (Adam(learningRate: .nan), "Adam: required learningRate of at least 0, got nan."),
    (Adam(beta1: 1), "Adam: required beta1 of at least 0 and below 1, got 1.0."),
    (Adam(beta2: -0.5), "Adam: required beta2 of at least 0 and below 1, got -0.5."),
    (Adam(epsilon: -1e-8), "Adam: required epsilon of at least 0, got -1e-08."),
    (AdamW(weightDecay: -0.1), "AdamW: required weightDecay of at least 0, got -0.1."),
    (AdaMax(beta1: 2), "AdaMax: required beta1 of at least 0 and below 1, got 2.0."),
    (NAdam(momentumDecay: -1), "NAdam: required momentumDecay of at least 0, got -1.0."),
    (RAdam(beta2: 1), "RAdam: required beta2 of at least 0 and below 1, got 1.0."),
    (RMSProp(decay: 1.5), "RMSProp: required decay of at least 0 and at most 1, got 1.5."),
    (AdaGrad(initialSum: -1), "AdaGrad: required initialSum of at least 0, got -1.0."),
    (AdaDelta(decay: -0.1), "AdaDelta: required decay of at least 0 and at most 1, got -0.1."),
    (Lion(weightDecay: .nan), "Lion: required weightDecay of at least 0, got nan."),
  ]

  static let schedules: [(any Schedule, String)] = [
    (CosineAnnealing(over: 0), "CosineAnnealing: required duration of at least 1, got 0."),
    (CosineAnnealing(over: 5, downTo: -1), "CosineAnnealing: required lowest of at least 0, got -1.0."),
    (WarmRestarts(every: 4, growingBy: 0), "WarmRestarts: required growth of at least 1, got 0."),
    (OneCycle(peak: 1, over: 9, rise: 2), "OneCycle: required rise of at least 0 and at most 1, got 2.0."),
    (OneCycle(peak: 1, over: 9, endDivisor: 0), "OneCycle: required endDivisor above 0, got 0.0."),
    (OneCycle(peak: 1, over: 9, momenta: 0.9...1), "OneCycle: required momentum of at least 0 and below 1, got 1.0."),
    (StepDecay(every: 0), "StepDecay: required every of at least 1, got 0."),
    (MultiStepDecay(at: [3, -1]), "MultiStepDecay: required milestone of at least 0, got -1."),
    (ExponentialDecay(factor: -0.9), "ExponentialDecay: required factor of at least 0, got -0.9."),
    (LinearChange(from: -1, over: 3), "LinearChange: required start of at least 0, got -1.0."),
    (PolynomialDecay(over: -2), "PolynomialDecay: required duration of at least 1, got -2."),
    (Warmup(over: -1), "Warmup: required duration of at least 0, got -1."),
    (Warmup(over: 2, then: StepDecay(every: -1)), "StepDecay: required every of at least 1, got -1."),
    (ReduceOnPlateau(patience: -1), "ReduceOnPlateau: required patience of at least 0, got -1."),
  ]

  private func message(
    _ optimizer: any Optimizer = SGD(learningRate: 0.1), schedule: (any Schedule)? = nil,
    clipping: GradientClipping? = nil, groups: [ParameterGroup] = []
  ) -> String {
    do {
      _ = try Training(
        withSeed(1) { Line() }, loss: meanSquaredError, optimizer: optimizer, schedule: schedule, clipping: clipping,
        groups: groups)
      return "accepted"
    } catch { return "\(error)" }
  }

  @Test(arguments: optimizers.indices) func anOptimizerOutOfRangeIsRefused(index: Int) {
    let (optimizer, expected) = Self.optimizers[index]
    #expect(message(optimizer) == expected)
    #expect(message(groups: [ParameterGroup(at: ["layer"], optimizer: optimizer)]) == expected)
  }

  @Test(arguments: schedules.indices) func aScheduleOutOfRangeIsRefused(index: Int) {
    #expect(message(schedule: Self.schedules[index].0) == Self.schedules[index].1)
  }

  @Test func clippingOutOfRangeIsRefused() {
    #expect(message(clipping: .value(0)) == "GradientClipping: required bound above 0, got 0.0.")
    #expect(message(clipping: .globalNorm(1, p: -2)) == "GradientClipping: required p above 0, got -2.0.")
    #expect(message(clipping: .globalNorm(1, p: .infinity)) == "accepted")
  }

  @Test func whatWorksIsAccepted() {
    for optimizer in ResumedTrainingRuns.optimizers { #expect(message(optimizer) == "accepted") }
    #expect(message(SGD(learningRate: 0)) == "accepted")
    #expect(message(schedule: Warmup(over: 0)) == "accepted")
  }

  /// Reading a memory does not make one: what is only read is not in a checkpoint.
  @Test func aMemoryBeginsWhenItIsAssigned() throws {
    struct Reading: Optimizer {
      var learningRate = 0.1
      func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
        step["kept"] = step["kept"] + gradient
        return parameter - step.learningRate * (step["kept"] + step["read", startingAt: 2])
      }
    }
    let training = try Training(withSeed(1) { Line() }, loss: meanSquaredError, optimizer: Reading())
    try training.run(on: line(10), epochs: 1, batchSize: 5)
    let names = training.checkpoint().optimizer.entries.map(\.path)
    #expect(names.contains("layer.weight/kept") && !names.contains { $0.hasSuffix("/read") }, "\(names)")
  }
}
