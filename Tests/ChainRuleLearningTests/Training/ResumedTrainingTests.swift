import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

/// A run that goes on from a checkpoint makes the numbers that it would have made without a stop.
@Suite struct ResumedTrainingRuns {
  private func training(_ schedule: (any Schedule)? = nil, accumulation: Int = 1) throws -> Training<Net> {
    try Training(
      withSeed(1) { Net() }, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01), seed: 4,
      schedule: schedule, accumulation: accumulation)
  }

  @Test(arguments: [1, 2]) func aResumedRunGoesOnBitForBit(accumulation: Int) throws {
    let examples = try clusters(50, seed: 1)
    let schedule = CosineAnnealing(over: 40)
    let whole = try training(schedule, accumulation: accumulation)
    try whole.run(on: examples, validatingOn: examples, epochs: 4, batchSize: 16)

    let first = try training(schedule, accumulation: accumulation)
    try first.run(on: examples, validatingOn: examples, epochs: 4, batchSize: 16, callbacks: [StopAfter(7)])
    #expect(first.history.stopReason == "test")
    let second = try training(schedule, accumulation: accumulation)
    try second.resume(from: first.checkpoint())
    try second.run(on: examples, validatingOn: examples, epochs: 3, batchSize: 16)

    #expect(second.modelState == whole.modelState)
    #expect(second.history.stepLosses == whole.history.stepLosses)
    #expect(second.history.map(\.validationLoss) == whole.history.map(\.validationLoss))
    #expect(second.history.map(\.loss) == whole.history.map(\.loss))
  }

  static let optimizers: [any Optimizer] = [
    SGD(learningRate: 0.1), SGD(learningRate: 0.1, momentum: 0.9, dampening: 0.1),
    SGD(learningRate: 0.1, momentum: 0.9, isNesterov: true), AdaGrad(learningRate: 0.1, rateDecay: 0.01),
    RMSProp(momentum: 0.5, isCentered: true), AdaDelta(), Adam(isAMSGrad: true), AdamW(), AdaMax(), NAdam(), RAdam(),
    Lion(),
  ]

  /// Everything that an optimizer remembers is in the checkpoint: nothing is left of a run but that.
  @Test(arguments: optimizers.indices) func everyOptimizerIsResumedBitForBit(index: Int) throws {
    func training() throws -> Training<Net> {
      try Training(
        withSeed(1) { Net() }, loss: softmaxCrossEntropy, optimizer: Self.optimizers[index], seed: 4,
        schedule: OneCycle(peak: 0.05, over: 12))
    }
    let examples = try clusters(32, seed: 1)
    let whole = try training(), first = try training(), second = try training()
    try whole.run(on: examples, epochs: 6, batchSize: 16)
    try first.run(on: examples, epochs: 6, batchSize: 16, callbacks: [StopAfter(7)])
    try second.resume(from: first.checkpoint())
    #expect(second.checkpoint() == first.checkpoint())
    try second.run(on: examples, epochs: 3, batchSize: 16)
    #expect(second.modelState == whole.modelState)
    #expect(second.checkpoint().optimizer == whole.checkpoint().optimizer)
  }

  @Test(arguments: 1..<10) func earlyStoppingIsResumedToo(steps: Int) throws {
    func run(_ training: Training<Net>, _ callbacks: [any Callback] = []) throws {
      try training.run(
        on: clusters(40, seed: 1), validatingOn: clusters(40, seed: 2), epochs: 60, batchSize: 20,
        callbacks: callbacks + [EarlyStopping(patience: 3)])
    }
    func training() throws -> Training<Net> {
      try Training(withSeed(1) { Net() }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 3), seed: 4)
    }
    let whole = try training()
    try run(whole)
    // What a checkpoint holds after each step and each epoch, before early stopping has seen the epoch.
    final class Keeper: Callback {
      var checkpoints: [Checkpoint] = []
      func stepEnded(_ session: any TrainingSession, loss: Double) { checkpoints.append(session.checkpoint()) }
      func epochEnded(_ session: any TrainingSession) { checkpoints.append(session.checkpoint()) }
    }
    let keeper = Keeper()
    try run(training(), [keeper])
    for checkpoint in keeper.checkpoints.suffix(steps).prefix(1) {
      let resumed = try training()
      try resumed.resume(from: checkpoint)
      try run(resumed)
      #expect(resumed.modelState == whole.modelState)
      #expect(resumed.history.stepLosses == whole.history.stepLosses)
      #expect(resumed.history.stopReason == whole.history.stopReason)
    }
  }

  @Test func aCheckpointOfAnotherTrainingIsRefusedAndChangesNothing() throws {
    struct Odd: Optimizer {
      var learningRate = 0.1
      func update(_ parameter: Node, gradient: Node, _ step: OptimizerStep) -> Node {
        step["mean", startingAt: 0, isScalar: true] = gradient.sum()
        return parameter - step.learningRate * step["mean", startingAt: 0, isScalar: true]
      }
    }
    func training(_ optimizer: any Optimizer, accumulation: Int = 1) throws -> Training<Line> {
      try Training(
        withSeed(1) { Line() }, loss: meanSquaredError, optimizer: optimizer, accumulation: accumulation)
    }
    let adam = try training(Adam()), accumulating = try training(Adam(), accumulation: 2)
    try adam.run(on: line(10), epochs: 1, batchSize: 5)
    try accumulating.run(on: line(10), epochs: 1, batchSize: 5)
    for (from, to) in [(adam, accumulating), (accumulating, adam)] {
      let before = to.checkpoint()
      #expect(throws: ChainRuleError.self) { try to.resume(from: from.checkpoint()) }
      #expect(to.checkpoint() == before)
    }
    // What another optimizer remembers under the same name is found out when its step is recorded.
    let odd = try training(Odd())
    try odd.resume(from: adam.checkpoint())
    let error = #expect(throws: ChainRuleError.self) { try odd.run(on: line(10), epochs: 1) }
    #expect(error?.origin == "optimizer memory layer.weight/mean")
  }
}
