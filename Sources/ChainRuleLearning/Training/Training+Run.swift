extension Training {
  /// Trains for a number of epochs, on top of those made before.
  ///
  /// - Parameters:
  ///   - validation: examples that are only measured, after each epoch.
  ///   - epochs: how many more epochs; an epoch that a checkpoint left unfinished is finished first and is one of them.
  ///   - batchSize: how many examples a step sees.
  ///   - order: of the examples; another random one each epoch by default.
  ///   - progress: who is told.
  ///   - callbacks: who watches and may interfere.
  ///   - stopsOnInterrupt: whether Ctrl-C ends the run after the present step, with everything saved.
  /// - Returns: the history of this training from its first epoch.
  /// - Throws: also when a loss is not finite, naming where the first NaN or infinity appeared; the parameters are
  ///   then those before that step.
  @discardableResult
  public func run(
    on examples: any DataSource, validatingOn validation: (any DataSource)? = nil, epochs: Int, batchSize: Int = 32,
    order: BatchOrder = .shuffled, progress: Progress = .none, callbacks: [any Callback] = [],
    stopsOnInterrupt: Bool = false
  ) throws -> History {
    guard batchSize > 0, epochs >= 0, examples.count > 0 else {
      throw ChainRuleError(
        .value, in: "Training.run", required: "examples, a batch size of at least 1 and epochs of at least 0",
        got: "\(examples.count) examples, batch size \(batchSize), \(epochs) epochs")
    }
    let last = completedEpochs + epochs
    (stopRequest, history.stopReason) = (nil, nil)
    if stopsOnInterrupt { Interruption.listen() }
    defer { if stopsOnInterrupt { Interruption.stopListening() } }
    let batchCount = (examples.count + batchSize - 1) / batchSize
    progress.report(.started(epochs: last, batches: batchCount, parameters: model.trainableCount))
    for callback in callbacks { try callback.trainingBegan(self) }
    while completedEpochs < last, stopRequest == nil {
      let start = ContinuousClock.now
      let parts = batches(
        of: order.positions(count: examples.count, epoch: completedEpochs, seed: seed), size: batchSize)
      let isFinished = try runEpoch(examples, parts, progress, callbacks, stopsOnInterrupt)
      guard isFinished else { break }
      try finishEpoch(validation, start, progress, last)
      for callback in callbacks { try callback.epochEnded(self) }
    }
    history.stopReason = stopRequest
    for callback in callbacks { try callback.trainingEnded(self) }
    progress.report(.finished(history))
    return history
  }

  /// The steps of an epoch, from where it stands. False if it was stopped before its end.
  private func runEpoch(
    _ examples: any DataSource, _ parts: [ArraySlice<Int>], _ progress: Progress, _ callbacks: [any Callback],
    _ stopsOnInterrupt: Bool
  ) throws -> Bool {
    let start = checkpoint()
    let loader = BatchLoader(examples, parts, epoch: completedEpochs, from: stepsInEpoch)
    defer { loader.cancel() }
    while stepsInEpoch < parts.count {
      let batch = try loader.batch(stepsInEpoch)
      let loss = try advance(batch, isLast: stepsInEpoch == parts.count - 1)
      guard loss.isFinite else { throw try diagnosis(examples, parts, since: start) }
      progress.report(
        .finishedStep(epoch: completedEpochs + 1, batch: stepsInEpoch, of: parts.count, loss: totals.loss))
      for callback in callbacks { try callback.stepEnded(self, loss: loss) }
      if stopsOnInterrupt, Interruption.isRequested { stop(because: "interrupted") }
      if stopRequest != nil { return stepsInEpoch == parts.count }
    }
    return true
  }

  /// One step of the epoch under way and its bookkeeping.
  private func advance(_ batch: Dataset, isLast: Bool) throws -> Double {
    let result = try step(batch)
    stepsInEpoch += 1
    if sums != nil, stepsInEpoch % accumulation == 0 || isLast { try applyAccumulated() }
    history.stepLosses.append(result.loss)
    try totals.add(loss: result.loss, prediction: result.prediction, batch, metrics)
    return result.loss
  }

  private func finishEpoch(
    _ validation: (any DataSource)?, _ start: ContinuousClock.Instant, _ progress: Progress, _ last: Int
  ) throws {
    var epoch = History.Epoch(
      number: completedEpochs + 1, loss: totals.loss, metrics: totals.metrics, learningRate: learningRate,
      gradientNorms: gradientNorms, seconds: ContinuousClock.now.seconds(since: start))
    if let validation { (epoch.validationLoss, epoch.validationMetrics) = try evaluate(on: validation) }
    completedEpochs += 1
    (stepsInEpoch, totals) = (0, Totals())
    history.epochs.append(epoch)
    progress.report(.finishedEpoch(epoch, of: last))
  }

  // MARK: Checkpoints

  /// Everything that a resumed run needs.
  public func checkpoint() -> Checkpoint {
    Checkpoint(
      model: modelState, optimizer: ModelState(rememberedParameters.map { ($0.path, $0.parameter.value) }),
      history: history, completedEpochs: completedEpochs, completedSteps: completedSteps, stepsInEpoch: stepsInEpoch,
      totals: totals, seed: seed, remembered: remembered)
  }

  /// Goes back to a checkpoint of a training that was made the same way; what follows is what would have followed.
  /// - Throws: when the model, the optimizer's memory or the seed do not fit.
  public func resume(from checkpoint: Checkpoint) throws {
    guard checkpoint.seed == seed else {
      throw ChainRuleError(
        .value, in: "resume", required: "seed \(checkpoint.seed), as in the checkpoint", got: "\(seed)",
        hint: "Make the training with the same arguments.")
    }
    try restoreModel(checkpoint.model)
    // Slots are made when a step is recorded; those of the checkpoint are made now and found then.
    for entry in checkpoint.optimizer.entries where !rememberedParameters.contains(where: { $0.path == entry.path }) {
      recipe.memory.adopt(entry.path, entry.value)
    }
    try restoreParameters(
      rememberedParameters.filter { checkpoint.optimizer[$0.path] != nil }, from: checkpoint.optimizer)
    for entry in rememberedParameters where checkpoint.optimizer[entry.path] == nil {
      entry.parameter.value = recipe.memory.start(of: entry.path) ?? entry.parameter.value
    }
    (history, remembered) = (checkpoint.history, checkpoint.remembered)
    (completedEpochs, completedSteps) = (checkpoint.completedEpochs, checkpoint.completedSteps)
    (stepsInEpoch, totals) = (checkpoint.stepsInEpoch, checkpoint.totals)
    applySchedule()
  }

  private var rememberedParameters: [NamedParameter] {
    [NamedParameter(path: "step", parameter: recipe.memory.count)] + recipe.memory.parameters
      + (sums?.parameters ?? [])
  }

  // MARK: Non-finite losses

  /// Goes back to the start of the epoch, repeats its steps up to the one that failed and looks for the first node
  /// that is not finite.
  private func diagnosis(
    _ examples: any DataSource, _ parts: [ArraySlice<Int>], since start: Checkpoint
  ) throws -> ChainRuleError {
    let failed = stepsInEpoch - 1
    try resume(from: start)
    while stepsInEpoch < failed {
      let batch = try examples.examples(at: Array(parts[stepsInEpoch]), epoch: completedEpochs)
      _ = try advance(batch, isLast: false)
    }
    let batch = try examples.examples(at: Array(parts[failed]), epoch: completedEpochs)
    let graph = Graph(recipe.precision)
    let (_, loss) = try recipe.recordLoss(graph.input("inputs", batch.inputs), graph.input("targets", batch.targets))
    return ChainRuleError(
      .value, in: "Training, epoch \(completedEpochs + 1), batch \(failed + 1)", required: "a finite loss",
      got: try firstNonFinite(leadingTo: loss) ?? "a loss that is finite when it is computed again",
      hint: "The parameters are those before this step. Lower the rate, clip gradients, or look at the data.")
  }
}
