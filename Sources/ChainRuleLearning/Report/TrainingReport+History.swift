extension TrainingReport {
  /// The curves of a training: losses, accuracies, and the gradients' norms where they were monitored.
  ///
  /// ```swift
  /// let page = TrainingReport(title: "Digits", history: training.history).html()
  /// ```
  public init(title: String, history: History) {
    self.init(title: title)
    loss = [LineChart.Series("training", history.map(\.loss))]
    if history.contains(where: { $0.validationLoss != nil }) {
      loss.append(LineChart.Series("validation", history.map(\.validationLoss)))
    }
    if history.contains(where: { $0.accuracy != nil }) {
      accuracy.append(LineChart.Series("training", history.map(\.accuracy)))
    }
    if history.contains(where: { $0.validationAccuracy != nil }) {
      accuracy.append(LineChart.Series("validation", history.map(\.validationAccuracy)))
    }
    let paths = history.last?.gradientNorms.keys.sorted() ?? []
    gradientNorms = paths.map { path in LineChart.Series(path, history.map { $0.gradientNorms[path] }) }
    if let last = history.last {
      results = last.validationMetrics.sorted { $0.key < $1.key }.map { Fact($0.key, fixed($0.value, 4)) }
      results.append(Fact("epochs", "\(history.count)"))
      results.append(Fact("time", "\(fixed(history.map(\.seconds).reduce(0, +), 1)) s"))
    }
    if let reason = history.stopReason { notes.append("Stopped: \(reason).") }
  }
}

extension TrainingReport.Confusion {
  /// The counts of a matrix, to be drawn.
  public init(_ matrix: ConfusionMatrix) { self.init(labels: matrix.names, counts: matrix.counts) }
}
