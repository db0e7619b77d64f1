import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// A plan at work: trained from the start or from a checkpoint, then measured on the test rows.
struct TrainingRun {
  let plan: TrainingPlan
  let data: LabelledData
  /// What the network is, with how much it missed.
  let network: Network
  let model: Sequential
  let history: History
  /// How well it did on the rows for testing; nil where all rows were learnt from.
  let outcome: Outcome?
  /// What the model says about the test rows, `[rows, classes]`.
  let scores: Tensor?
  /// How much of each class was found after each epoch; empty where no report asks, and beyond 20 classes.
  let classes: [LineChart.Series]
  let seconds: Double

  /// Whether Ctrl-C ended the run before its last epoch.
  var isInterrupted: Bool { history.stopReason == Interruption.reason }

  /// - Parameters:
  ///   - folder: where checkpoints go; none are written without it.
  ///   - checkpoint: where an earlier run stood.
  ///   - logs: who else is told of each epoch.
  init(
    _ plan: TrainingPlan, on data: LabelledData, in folder: TrainingFolder?, from checkpoint: Checkpoint?,
    progress: Progress, logs: [any Callback] = []
  ) throws {
    (self.plan, self.data) = (plan, data)
    var network = plan.network(for: data)
    let described = network
    (model, history, scores, classes, seconds) = try withSeed(UInt64(plan.seed)) {
      let model = try described.model()
      let steps = plan.epochs * ((data.trainingCount + plan.batch - 1) / plan.batch)
      let training = try Training(
        model, loss: plan.loss(for: data), optimizer: plan.optimizer.optimizer(rate: plan.rate, decay: plan.decay),
        seed: UInt64(plan.seed), schedule: plan.schedule.schedule(rate: plan.rate, steps: steps),
        metrics: data.weights != nil && data.task == .classification ? [RowWeights.accuracy] : nil,
        monitorsGradients: folder != nil || !logs.isEmpty)
      if let checkpoint { try training.resume(from: checkpoint) }
      let checkpoints: [any Callback] = try folder.map { [try $0.checkpoints(of: plan, data)] } ?? []
      // Where nothing is chosen, the rows for testing are watched and change nothing.
      let watched = data.validation ?? (data.test.count > 0 && plan.patience == nil ? data.test : nil)
      let validation = try data.weighted(watched: watched)
      let isDrawn = folder != nil && data.task == .classification && data.classNames.count <= 20
      let curves = (isDrawn ? watched : nil).map { watched in
        ClassCurves(on: watched, names: data.classNames) { try training.predictions(for: validation ?? $0) }
      }
      let watchers: [any Callback] = curves.map { [$0] } ?? []
      let clock = ContinuousClock()
      let start = clock.now
      let history = try training.run(
        on: data.source(), validatingOn: validation,
        epochs: Swift.max(0, plan.epochs - training.completedEpochs),
        batchSize: plan.batch, order: data.streamed?.stream.order(seed: UInt64(plan.seed)) ?? .shuffled,
        progress: progress,
        callbacks: watchers + checkpoints + logs + (plan.patience.map { [EarlyStopping(patience: $0)] } ?? []),
        stopsOnInterrupt: true)
      let seconds = start.duration(to: clock.now)
      return (
        model, history, data.test.count > 0 ? try described.outputs(of: model, for: data.test) : nil,
        curves?.series ?? [],
        Double(seconds.components.seconds) + Double(seconds.components.attoseconds) * 1e-18
      )
    }
    outcome = try scores.map { try Outcome($0, on: data.test, data.encoder, unit: data.unit) }
    network.spread = data.task == .regression ? outcome?.figures.first?.value : nil
    self.network = network
  }

  /// What the run has to show, for a page.
  func report() throws -> TrainingReport {
    var report = TrainingReport(title: "\(data.name): \(plan.kind.rawValue)", history: history)
    report.results = (outcome?.figures ?? []).map { .init("test \($0.name)", $0.text) }
    report.results += [
      .init("epochs", "\(history.count)"),
      .init("seconds", history.map(\.seconds).reduce(0, +).fixed(1)),
    ]
    report.hyperparameters = plan.settings.map { .init($0.0, $0.1) }
    report.classes = classes
    report.confusion = outcome?.confusion
    report.filters = firstFilters
    report.histograms = try activations()
    if data.isDigits, let scores { report.mistakes = try mistakes(scores) }
    if let scores { try explain(scores, in: &report) }
    report.notes.append(rowsInWords)
    return report
  }

  /// What the first layer looks for, where its input is a picture.
  private var firstFilters: [TrainingReport.Filters] {
    for (position, layer) in model.layers.enumerated() {
      if let convolution = layer as? Conv2D {
        let weight = convolution.weight.value, window = weight.shape[2] * weight.shape[3]
        let images = (0..<weight.shape[0]).map { unit in
          Array(weight.scalars[unit * weight.shape[1] * window..<(unit * weight.shape[1] + 1) * window])
        }
        return [.init(name: "\(position).weight", width: weight.shape[3], images: images)]
      }
      if let dense = layer as? Dense {
        let weight = dense.weight.value, (inputs, units) = (weight.shape[0], weight.shape[1])
        let side = Int(Double(inputs).squareRoot().rounded())
        guard data.isDigits, side * side == inputs else { return [] }
        let scalars = weight.scalars
        let images = (0..<units).map { unit in (0..<inputs).map { scalars[$0 * units + unit] } }
        return [.init(name: "\(position).weight", width: side, images: images)]
      }
    }
    return []
  }

  /// The values of every layer on at most 200 test rows.
  private func activations() throws -> [TrainingReport.Histogram] {
    let rows = Swift.min(data.test.count, 200), graph = Graph(.single)
    guard rows > 0 else { return [] }
    var node = graph.constant(data.test.inputs)[0..<rows]
    return try model.layers.enumerated().map { position, layer in
      node = layer(node)
      return .init("\(position) \(type(of: layer))", try node.value().scalars)
    }
  }

  /// How far the model can be trusted, and what it owes to the columns of a table.
  private func explain(_ scores: Tensor, in report: inout TrainingReport) throws {
    report.calibration = try ModelExplanation.calibration(scores, on: data.test, data.task)
    report.residuals = outcome?.residuals ?? []
    guard let encoder = data.encoder, encoder.columns.count <= 100 else { return }
    let explanation = try ModelExplanation(encoder, on: data.test) { try model.predict($0) }
    report.importances = try explanation.importances(repeats: 3, seed: UInt64(plan.seed))
  }

  /// Which rows did what.
  private var rowsInWords: String {
    let chosen = data.validation.map { "; \($0.count) others decided when to stop and which epoch is kept" } ?? ""
    let tested = data.test.count > 0 ? "; what is reported comes from \(data.test.count) rows that did neither" : ""
    return "\(data.trainingCount) rows were learnt from\(chosen)\(tested)."
  }

  /// The digits that were taken for others, as pictures.
  private func mistakes(_ scores: Tensor) throws -> [TrainingReport.Mistake] {
    let pixels = data.test.inputs.scalars
    let labels = data.test.targets.indices
    let predicted = scores.argmax(axis: -1).indices
    let probabilities = try Network.probabilities(of: scores)
    return labels.indices.filter { labels[$0] != predicted[$0] }.map { row in
      TrainingReport.Mistake(
        width: 8, pixels: Array(pixels[row * 64..<(row + 1) * 64]), truth: data.classNames[labels[row]],
        prediction: data.classNames[predicted[row]], confidence: probabilities[row][predicted[row]])
    }
  }
}
