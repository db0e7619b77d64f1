import ChainRuleCore

/// Trains a model: batches, steps, validation, history.
///
/// ```swift
/// let digits = try Digits.bundled()
/// let training = try Training(Classifier(), loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01))
/// let history = try training.run(
///   on: digits.training, validatingOn: digits.test, epochs: 20, batchSize: 32, progress: .terminal)
/// print(history.last?.validationAccuracy as Any)
/// ```
///
/// The step is recorded once for each shape of batch, and the recordings of the sixteen shapes seen last are kept;
/// every epoch uses every example, the last, shorter batch too.
/// Equal seeds give equal runs, on any number of threads.
public final class Training<M: Parameterized>: TrainingSession {
  /// The model with its present parameters.
  public let model: M
  /// What fixes the order of the examples.
  public var seed: UInt64 { options.seed }
  /// What has been reached, epoch by epoch.
  public internal(set) var history = History()
  /// Where the run is: how many epochs and steps it has finished.
  public internal(set) var completedEpochs = 0
  /// How many steps are made, over all epochs.
  public internal(set) var completedSteps = 0
  /// The norm of each gradient in the last step, by path, where `monitorsGradients` is asked for.
  public internal(set) var gradientNorms: [String: Double] = [:]
  /// What callbacks keep for later, by their names.
  public var remembered: [String: ModelState] = [:]

  let options: TrainingOptions
  var metricChoice: MetricChoice { MetricChoice(plain: options.metrics, named: options.outputMetrics) }
  let recipe: StepRecipe
  /// Gradients of several batches, where an update waits for more than one.
  let sums: GradientSums?
  /// The epoch under way: steps made and what was measured.
  public internal(set) var stepsInEpoch = 0
  var totals = EpochTotals()
  var stopRequest: String?

  private var stepGraphs = RecentlyUsed<BatchShape, StepGraph>(16)
  private var evaluationGraphs = RecentlyUsed<BatchShape, EvaluationGraph>(16)
  private var updateGraph: UpdateGraph?
  /// The paths of the parameters that the recorded steps train.
  private var trainedPaths: [String]

  /// A training of a model with a loss and an optimizer; everything else is an option.
  ///
  /// - Parameters:
  ///   - loss: from the model's output and the targets to one number.
  ///   - optimizer: of every parameter that no group of the options holds.
  /// - Throws: a `ChainRuleError` when the model has no parameters to train, one of them carries a mistake, updates are
  ///   made of less than one batch, or a setting of an optimizer, the schedule or the clipping is out of its range.
  public convenience init(
    _ model: M, loss: @escaping (Node, Node) -> Node, optimizer: any Optimizer, options: TrainingOptions
  ) throws where M: Model {
    guard options.outputMetrics == nil else {
      throw ChainRuleError(
        .value, in: "Training", required: "metrics:, for a model with one output", got: "outputMetrics")
    }
    try self.init(
      model, options,
      StepRecipe(
        parameters: model.parameters, model: { model($0) }, loss: loss, optimizer: optimizer, options: options))
  }

  init(_ model: M, _ options: TrainingOptions, _ recipe: StepRecipe) throws {
    try Self.check(recipe.parameters, recipe.optimizer.optimizer, options)
    (self.model, self.options, self.recipe) = (model, options, recipe)
    recipe.memory.momentum = options.schedule?.momentum(at: ScheduleMoment(time: 0)).map {
      ScheduledNumber($0, name: "momentum")
    }
    sums = options.accumulation > 1 ? GradientSums(recipe.trained) : nil
    trainedPaths = recipe.trained.map(\.path)
    applySchedule()
  }

  /// The same, with the options written out; each is described at ``TrainingOptions``.
  /// - Throws: as `init(_:loss:optimizer:options:)`.
  public convenience init(
    _ model: M, loss: @escaping (Node, Node) -> Node, optimizer: any Optimizer,
    on engine: any Engine = BuiltInEngine(), precision: Graph.Precision = .single, seed: UInt64 = 0,
    schedule: (any Schedule)? = nil,
    schedulePeriod: SchedulePeriod = .step, penalties: [Penalty] = [], clipping: GradientClipping? = nil,
    accumulation: Int = 1, groups: [ParameterGroup] = [], metrics: [Metric]? = nil, monitorsGradients: Bool = false,
    threads: Int? = nil, memoryLimit: Int? = nil
  ) throws where M: Model {
    var options = TrainingOptions()
    (options.engine, options.memoryLimit) = (engine, memoryLimit)
    (options.precision, options.seed, options.threads) = (precision, seed, threads)
    (options.schedule, options.schedulePeriod) = (schedule, schedulePeriod)
    (options.penalties, options.clipping, options.accumulation) = (penalties, clipping, accumulation)
    (options.groups, options.metrics, options.monitorsGradients) = (groups, metrics, monitorsGradients)
    try self.init(model, loss: loss, optimizer: optimizer, options: options)
  }

  private static func check(
    _ parameters: [NamedParameter], _ optimizer: any Optimizer, _ options: TrainingOptions
  ) throws {
    guard parameters.contains(where: \.isTrained) else {
      throw ChainRuleError(
        .value, in: "Training", required: "a model with parameters to train",
        got: parameters.isEmpty ? "none" : "\(parameters.count) that are all frozen or not trainable",
        hint: "Keep layers in stored properties; a closure hides what it captures.")
    }
    for entry in parameters { if let error = entry.parameter.value.error { throw error } }
    guard options.accumulation >= 1 else {
      throw ChainRuleError(
        .value, in: "Training", required: "an accumulation of at least 1 batch", got: "\(options.accumulation)")
    }
    for optimizer in [optimizer] + options.groups.map(\.optimizer) { try optimizer.validate() }
    try options.schedule?.validate()
    try options.clipping?.validate()
  }

  /// The rate of the first optimizer, as the next step uses it.
  public var learningRate: Double { recipe.optimizer.rate.value }

  /// Sets every rate, and the momentum if it is scheduled, for the next step.
  func applySchedule() {
    guard let schedule = options.schedule else { return }
    let moment = ScheduleMoment(
      time: options.schedulePeriod == .step ? completedSteps / options.accumulation : completedEpochs,
      losses: history.map { $0.validationLoss ?? $0.loss })
    for rated in recipe.optimizers { rated.rate.value = schedule.rate(rated.optimizer.learningRate, at: moment) }
    if let momentum = schedule.momentum(at: moment) { recipe.memory.momentum?.value = momentum }
  }

  // MARK: Steps

  /// Steps are recorded anew after parameters were frozen or set free.
  private func noticeFreezing() throws {
    let paths = recipe.trained.map(\.path)
    guard paths != trainedPaths else { return }
    try Self.check(parameters, recipe.optimizer.optimizer, options)
    guard sums == nil else {
      throw ChainRuleError(
        .value, in: "Training", required: "the parameters that were trained from the start, with accumulation",
        got: "others, by freeze or unfreeze", hint: "Make another training of the same model.")
    }
    (trainedPaths, updateGraph) = (paths, nil)
    stepGraphs.removeAll()
  }

  /// Makes one step on one batch and returns what was measured before the update.
  func step(_ batch: Dataset) throws -> StepValues {
    try noticeFreezing()
    let shape = BatchShape(batch)
    let graph = try stepGraphs.value(shape) { try StepGraph(recipe, batch, accumulating: sums) }
    applySchedule()
    let result = try graph.run(batch)
    completedSteps += 1
    gradientNorms = result.gradientNorms
    return result
  }

  /// Updates the parameters from the accumulated gradients.
  func applyAccumulated() throws {
    guard let sums, try sums.count.value.scalar() > 0 else { return }
    let graph = try updateGraph ?? UpdateGraph(recipe, sums)
    updateGraph = graph
    try graph.run()
  }

  // MARK: Evaluation

  /// The mean loss and the metrics over all examples, in evaluation mode.
  /// - Throws: what the source throws, and a `ChainRuleError` for examples that model, loss or metric do not take, and
  ///   a batch size below 1; and where there are no examples.
  public func evaluate(on examples: any DataSource, batchSize: Int = 256) throws -> (
    loss: Double, metrics: [String: Double]
  ) {
    guard examples.count > 0 else {
      throw ChainRuleError(.value, in: "evaluate", required: "at least one example", got: "none")
    }
    var totals = EpochTotals(), whole: [String: [MetricChoice.Measured]] = [:]
    for part in try batches(of: Array(0..<examples.count), size: batchSize, in: "evaluate") {
      let batch = try examples.examples(at: Array(part))
      let values = try values(for: batch)
      try totals.add(values, batch, metricChoice)
      for entry in try metricChoice.measured(values.outputs, batch) where !entry.metric.isMean {
        whole[entry.name, default: []].append(entry)
      }
    }
    var measured = totals.metrics
    for (name, parts) in whole {
      measured[name] = try parts[0].metric(
        Tensor.joined(parts.map(\.prediction)), Tensor.joined(parts.map(\.targets)))
    }
    return (totals.loss, measured)
  }

  /// The model's outputs for all examples, `[count, …]`, in evaluation mode.
  /// - Throws: what the source throws, and a `ChainRuleError` for examples that the model or the loss does not take,
  ///   and a batch size below 1.
  public func predictions(for examples: any DataSource, batchSize: Int = 256) throws -> Tensor {
    let result = Tensor.joined(
      try batches(of: Array(0..<examples.count), size: batchSize, in: "predictions").map { part in
        try values(for: examples.examples(at: Array(part))).prediction
      })
    if let error = result.error { throw error }
    return result
  }

  /// What is measured on a batch in evaluation mode.
  func values(for batch: Dataset) throws -> StepValues {
    try evaluationGraphs.value(BatchShape(batch)) { try EvaluationGraph(recipe, batch) }.run(batch)
  }

  // MARK: Session

  /// The model's parameters with their paths.
  public var parameters: [NamedParameter] { recipe.parameters }
  /// The present values of the parameters, by path.
  public var modelState: ModelState { ModelState(parameters.map { ($0.path, $0.parameter.value) }) }
  /// Gives the parameters the values of a state.
  /// - Throws: a `ChainRuleError` when the state does not fit the model; nothing is changed then.
  public func restoreModel(_ state: ModelState) throws { try restoreParameters(parameters, from: state) }
  /// Ends the run after the present step; the first reason counts.
  public func stop(because reason: String) { stopRequest = stopRequest ?? reason }
}

/// What decides which recording a batch can use.
struct BatchShape: Hashable {
  private struct Column: Hashable {
    let name: String
    let shape: Shape
    let type: ElementType
  }
  private let inputs: [Column], targets: [Column]

  init(_ batch: Dataset) {
    func columns(_ all: [(name: String, tensor: Tensor)]) -> [Column] {
      all.map { Column(name: $0.name, shape: $0.tensor.shape, type: $0.tensor.elementType) }
    }
    (inputs, targets) = (columns(batch.orderedInputs), columns(batch.orderedTargets))
  }
}

extension ContinuousClock.Instant {
  func seconds(since start: Self) -> Double {
    let (seconds, attoseconds) = (self - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
