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
/// The step is recorded once for each shape of batch; every epoch uses every example, the last, shorter batch too.
/// Equal seeds give equal runs, on any number of threads.
public final class Training<M: Model> {
  /// The model with its present parameters.
  public let model: M
  public let seed: UInt64
  public internal(set) var history = History()
  /// Where the run is: how many epochs and steps it has finished.
  public internal(set) var completedEpochs = 0
  public internal(set) var completedSteps = 0

  let recipe: StepRecipe
  let metrics: [Metric]?
  var stepGraphs: [BatchShape: StepGraph] = [:]
  var evaluationGraphs: [BatchShape: EvaluationGraph] = [:]
  var stopRequest: String?

  /// - Parameters:
  ///   - loss: from the model's output and the targets to one number.
  ///   - precision: `.single` for speed, `.double` to check.
  ///   - seed: fixes the order of the examples.
  ///   - clipping: of the gradients before the optimizer sees them.
  ///   - groups: parameters with optimizers of their own; the last group that holds a parameter counts.
  ///   - metrics: what is measured beside the loss; accuracy where targets are class indices by default.
  /// - Throws: when the model has no parameters to train.
  public init(
    _ model: M, loss: @escaping (Node, Node) -> Node, optimizer: any Optimizer,
    precision: Graph.Precision = .single, seed: UInt64 = 0, clipping: GradientClipping? = nil,
    groups: [ParameterGroup] = [], metrics: [Metric]? = nil
  ) throws {
    let parameters = model.parameters
    guard parameters.contains(where: \.isTrained) else {
      throw ChainRuleError(
        .value, in: "Training", required: "a model with parameters to train",
        got: parameters.isEmpty ? "none" : "\(parameters.count) that are all frozen or not trainable",
        hint: "Keep layers in stored properties; a closure hides what it captures.")
    }
    for entry in parameters {
      if let error = entry.parameter.value.error { throw error }
      if entry.parameter.name.isEmpty { entry.parameter.name = entry.path }
    }
    (self.model, self.seed, self.metrics) = (model, seed, metrics)
    recipe = StepRecipe(
      precision: precision, parameters: parameters, model: { model($0) }, loss: loss, clipping: clipping,
      optimizers: ([optimizer] + groups.map(\.optimizer)).map {
        ($0, Parameter(Tensor($0.learningRate), name: "learningRate", isTrainable: false))
      }, groups: groups, memory: OptimizerMemory())
  }

  /// Trains for a number of epochs, on top of those made before.
  ///
  /// - Parameters:
  ///   - validation: examples that are only measured, after each epoch.
  ///   - batchSize: how many examples a step sees.
  ///   - order: of the examples; another random one each epoch by default.
  ///   - progress: who is told.
  /// - Returns: the history of this training from its first epoch.
  @discardableResult
  public func run(
    on examples: any DataSource, validatingOn validation: (any DataSource)? = nil, epochs: Int, batchSize: Int = 32,
    order: BatchOrder = .shuffled, progress: Progress = .none
  ) throws -> History {
    try check(examples, epochs, batchSize)
    let last = completedEpochs + epochs
    stopRequest = nil
    history.stopReason = nil
    progress.report(
      .started(epochs: last, batches: (examples.count + batchSize - 1) / batchSize, parameters: model.trainableCount))
    while completedEpochs < last, stopRequest == nil {
      var epoch = try runEpoch(examples, batchSize, order, progress)
      if let validation { (epoch.validationLoss, epoch.validationMetrics) = try evaluate(on: validation) }
      completedEpochs += 1
      history.epochs.append(epoch)
      progress.report(.finishedEpoch(epoch, of: last))
    }
    history.stopReason = stopRequest
    progress.report(.finished(history))
    return history
  }

  private func check(_ examples: any DataSource, _ epochs: Int, _ batchSize: Int) throws {
    guard batchSize > 0, epochs >= 0, examples.count > 0 else {
      throw ChainRuleError(
        .value, in: "Training.run", required: "examples, a batch size of at least 1 and epochs of at least 0",
        got: "\(examples.count) examples, batch size \(batchSize), \(epochs) epochs")
    }
  }

  private func runEpoch(
    _ examples: any DataSource, _ batchSize: Int, _ order: BatchOrder, _ progress: Progress
  ) throws -> History.Epoch {
    let clock = ContinuousClock(), start = clock.now
    let positions = order.positions(count: examples.count, epoch: completedEpochs, seed: seed)
    let parts = batches(of: positions, size: batchSize)
    var totals = Totals()
    for (index, part) in parts.enumerated() where stopRequest == nil {
      let batch = try examples.examples(at: Array(part))
      let result = try step(batch)
      try totals.add(result, batch, metrics ?? Metric.usual(for: batch.targets))
      progress.report(
        .finishedStep(epoch: completedEpochs + 1, batch: index + 1, of: parts.count, loss: totals.loss))
    }
    return History.Epoch(
      number: completedEpochs + 1, loss: totals.loss, metrics: totals.metrics, learningRate: learningRate,
      gradientNorm: totals.gradientNorm, seconds: clock.now.seconds(since: start))
  }

  /// Makes one step on one batch and returns what was measured before the update.
  func step(_ batch: Dataset) throws -> StepGraph.Result {
    let shape = BatchShape(batch)
    let graph = try stepGraphs[shape] ?? StepGraph(recipe, inputs: batch.inputs, targets: batch.targets)
    stepGraphs[shape] = graph
    let result = try graph.run(batch.inputs, batch.targets)
    history.stepLosses.append(result.loss)
    completedSteps += 1
    return result
  }

  /// The mean loss and the metrics over all examples, in evaluation mode.
  public func evaluate(on examples: any DataSource, batchSize: Int = 256) throws -> (
    loss: Double, metrics: [String: Double]
  ) {
    var totals = Totals()
    for part in batches(of: Array(0..<examples.count), size: batchSize) {
      let batch = try examples.examples(at: Array(part))
      let (loss, prediction) = try evaluation(batch).run(batch.inputs, batch.targets)
      try totals.add(
        .init(loss: loss, prediction: prediction, gradientNorm: nil), batch, metrics ?? Metric.usual(for: batch.targets)
      )
    }
    return (totals.loss, totals.metrics)
  }

  /// The model's outputs for all examples, `[count, …]`, in evaluation mode.
  public func predictions(for examples: any DataSource, batchSize: Int = 256) throws -> Tensor {
    let result = Tensor.joined(
      try batches(of: Array(0..<examples.count), size: batchSize).map { part in
        let batch = try examples.examples(at: Array(part))
        return try evaluation(batch).run(batch.inputs, batch.targets).prediction
      })
    if let error = result.error { throw error }
    return result
  }

  private func evaluation(_ batch: Dataset) throws -> EvaluationGraph {
    let shape = BatchShape(batch)
    let graph = try evaluationGraphs[shape] ?? EvaluationGraph(recipe, inputs: batch.inputs, targets: batch.targets)
    evaluationGraphs[shape] = graph
    return graph
  }

  /// The rate of the first optimizer, as the next step uses it.
  public var learningRate: Double { (try? recipe.optimizers[0].rate.value.scalar()) ?? .nan }
}

/// What decides which recording a batch can use.
struct BatchShape: Hashable {
  let inputs: Shape, targets: Shape
  let inputType: ElementType, targetType: ElementType

  init(_ batch: Dataset) {
    (inputs, targets) = (batch.inputs.shape, batch.targets.shape)
    (inputType, targetType) = (batch.inputs.elementType, batch.targets.elementType)
  }
}

/// Means over batches, each counted with its number of examples.
private struct Totals {
  private var lossSum = 0.0, count = 0
  private var metricSums: [String: Double] = [:]
  var gradientNorm: Double?

  var loss: Double { lossSum / Double(count) }
  var metrics: [String: Double] { metricSums.mapValues { $0 / Double(count) } }

  mutating func add(_ result: StepGraph.Result, _ batch: Dataset, _ metrics: [Metric]) throws {
    let weight = Double(batch.count)
    lossSum += result.loss * weight
    count += batch.count
    gradientNorm = result.gradientNorm
    for metric in metrics {
      metricSums[metric.name, default: 0] += try metric(result.prediction, batch.targets) * weight
    }
  }
}

extension ContinuousClock.Instant {
  func seconds(since start: Self) -> Double {
    let (seconds, attoseconds) = (self - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
