import ChainRuleCore

extension Training {
  /// Trains for a number of epochs, on top of those made before.
  ///
  /// - Parameters:
  ///   - validation: examples that are only measured, after each epoch.
  ///   - epochs: how many more epochs; an epoch that a checkpoint left unfinished is finished first and is one of them.
  ///   - batchSize: how many examples a step sees.
  ///   - order: of the examples; another random one each epoch by default.
  ///   - dropsLast: whether an epoch leaves out the last batch where it is shorter than the others.
  ///   - progress: who is told.
  ///   - callbacks: who watches and may interfere.
  ///   - stopsOnInterrupt: whether Ctrl-C ends the run after the present step, with everything saved.
  /// - Returns: the history of this training from its first epoch.
  /// - Throws: also when a loss is not finite, naming where the first NaN or infinity appeared; the parameters are
  ///   then those before that step.
  @discardableResult
  public func run(
    on examples: any DataSource, validatingOn validation: (any DataSource)? = nil, epochs: Int, batchSize: Int = 32,
    order: BatchOrder = .shuffled, dropsLast: Bool = false, progress: Progress = .none, callbacks: [any Callback] = [],
    stopsOnInterrupt: Bool = false
  ) throws -> History {
    guard batchSize > 0, epochs >= 0, examples.count > 0 else {
      throw ChainRuleError(
        .value, in: "Training.run", required: "examples, a batch size of at least 1 and epochs of at least 0",
        got: "\(examples.count) examples, batch size \(batchSize), \(epochs) epochs")
    }
    guard validation.map({ $0.count > 0 }) ?? true else {
      throw ChainRuleError(.value, in: "Training.run", required: "at least one example to validate on", got: "none")
    }
    try order.validate(count: examples.count)
    guard !dropsLast || examples.count >= batchSize else {
      throw ChainRuleError(
        .value, in: "Training.run", required: "at least one whole batch of \(batchSize), where the last one is dropped",
        got: "\(examples.count) examples")
    }
    let last = Swift.min(Extents.sum(completedEpochs, epochs), Checkpoint.mostCounted)
    (stopRequest, history.stopReason) = (nil, nil)
    if stopsOnInterrupt { Interruption.listen() }
    defer { if stopsOnInterrupt { Interruption.stopListening() } }
    let batchCount = dropsLast ? examples.count / batchSize : (examples.count - 1) / batchSize + 1
    progress.report(.started(epochs: last, batches: batchCount, parameters: model.trainableCount))
    for callback in callbacks { try callback.trainingBegan(self) }
    while completedEpochs < last, stopRequest == nil {
      let start = ContinuousClock.now
      var parts = try batches(
        of: order.positions(count: examples.count, epoch: completedEpochs, seed: seed), size: batchSize,
        in: "Training.run")
      if dropsLast, let short = parts.last, short.count < batchSize { parts.removeLast() }
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
      guard loss.isFinite else {
        let failed = try rewind(examples, parts, to: start, steps: stepsInEpoch - 1)
        throw try diagnosis(of: failed)
      }
      progress.report(
        .finishedStep(epoch: completedEpochs + 1, batch: stepsInEpoch, of: parts.count, loss: totals.loss))
      for callback in callbacks { try callback.stepEnded(self, loss: loss) }
      if stopsOnInterrupt, Interruption.isRequested { stop(because: Interruption.reason) }
      if stopRequest != nil { return stepsInEpoch == parts.count }
    }
    return true
  }

  /// One step of the epoch under way and its bookkeeping.
  private func advance(_ batch: Dataset, isLast: Bool) throws -> Double {
    let result = try step(batch)
    stepsInEpoch += 1
    if sums != nil, stepsInEpoch % options.accumulation == 0 || isLast { try applyAccumulated() }
    history.stepLosses.append(result.loss)
    try totals.add(result, batch, metricChoice)
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
    (stepsInEpoch, totals) = (0, EpochTotals())
    history.epochs.append(epoch)
    progress.report(.finishedEpoch(epoch, of: last))
  }

  // MARK: Checkpoints

  /// Everything that a resumed run needs.
  public func checkpoint() -> Checkpoint {
    let entries = [stepCount] + recipe.memory.parameters + (sums?.parameters ?? [])
    return Checkpoint(
      model: modelState, optimizer: ModelState(entries.map { ($0.path, $0.parameter.value) }),
      history: history, completedEpochs: completedEpochs, completedSteps: completedSteps, stepsInEpoch: stepsInEpoch,
      totals: totals, seed: seed, remembered: remembered)
  }

  /// Goes back to a checkpoint of a training that was made the same way; what follows is what would have followed.
  /// - Throws: when the model, the optimizer's memory or the seed do not fit, and for counters that no run can have;
  ///   nothing is changed then.
  public func resume(from checkpoint: Checkpoint) throws {
    if let flaw = checkpoint.flaw {
      throw ChainRuleError(
        .value, in: "resume", required: "a checkpoint that a run can have written", got: flaw,
        hint: "Take one from checkpoint() or from a file.")
    }
    guard checkpoint.seed == seed else {
      throw ChainRuleError(
        .value, in: "resume", required: "seed \(checkpoint.seed), as in the checkpoint", got: "\(seed)",
        hint: "Make the training with the same arguments.")
    }
    let counters = [stepCount] + (sums?.parameters ?? [])
    func isCounter(_ path: String) -> Bool { path == stepCount.path || path.hasPrefix(GradientSums.prefix) }
    let counts = checkpoint.optimizer.filtered(isCounter)
    try fittingValues(of: checkpoint.model, for: parameters)
    try fittingValues(of: counts, for: counters)
    try recipe.memory.restore(checkpoint.optimizer.filtered { !isCounter($0) })
    try restoreParameters(counters, from: counts)
    try restoreModel(checkpoint.model)
    (history, remembered) = (checkpoint.history, checkpoint.remembered)
    (completedEpochs, completedSteps) = (checkpoint.completedEpochs, checkpoint.completedSteps)
    (stepsInEpoch, totals) = (checkpoint.stepsInEpoch, checkpoint.totals)
    applySchedule()
  }

  private var stepCount: NamedParameter { NamedParameter(path: "step", parameter: recipe.memory.count) }

  // MARK: Non-finite losses

  /// Goes back to the start of the epoch and repeats so many of its steps.
  /// - Returns: the batch that comes next.
  private func rewind(
    _ examples: any DataSource, _ parts: [ArraySlice<Int>], to start: Checkpoint, steps: Int
  ) throws -> Dataset {
    func batch(_ index: Int) throws -> Dataset {
      try examples.examples(at: Array(parts[index]), epoch: completedEpochs)
    }
    try resume(from: start)
    while stepsInEpoch < steps { _ = try advance(try batch(stepsInEpoch), isLast: false) }
    return try batch(steps)
  }

  /// Where the loss of the next step stops being finite: computes with the present parameters and changes none.
  private func diagnosis(of batch: Dataset) throws -> ChainRuleError {
    let recorded = try recipe.record(batch, mode: .training)
    for (leaf, value) in zip(recorded.leaves, batch.columns) { leaf.assign(value) }
    return ChainRuleError(
      .value, in: "Training, epoch \(completedEpochs + 1), batch \(stepsInEpoch + 1)", required: "a finite loss",
      got: try firstNonFinite(leadingTo: recorded.loss) ?? "a loss that is finite when it is computed again",
      hint: "The parameters are those before this step. Lower the rate, clip gradients, or look at the data.")
  }
}
