import ChainRule
import ChainRuleLearning

extension TrainingPlan {
  /// What a run has to show, for a page.
  func report(on data: LabelledData, _ outcome: Outcome) throws -> TrainingReport {
    var report = TrainingReport(title: "\(data.name): \(kind.rawValue)")
    report.results = [
      .init("test accuracy", outcome.confusion.summary), .init("epochs", "\(outcome.history.count)"),
      .init("seconds", outcome.seconds.fixed(1)),
    ]
    report.hyperparameters = settings.map { .init($0.0, $0.1) }
    report.loss = [
      .init("training", outcome.history.map(\.loss)), .init("test", outcome.history.map(\.validationLoss)),
    ]
    report.accuracy = [
      .init("training", outcome.history.map(\.accuracy)), .init("test", outcome.history.map(\.validationAccuracy)),
    ]
    report.confusion = outcome.confusion
    if data.isDigits { report.mistakes = try mistakes(in: data, outcome) }
    return report
  }

  /// The digits that were taken for others, as pictures.
  private func mistakes(in data: LabelledData, _ outcome: Outcome) throws -> [TrainingReport.Mistake] {
    let pixels = data.test.inputs.scalars
    let labels = data.test.targets.indices
    let predicted = outcome.scores.argmax(axis: -1).indices
    let probabilities = try SavedModel.probabilities(of: outcome.scores)
    return labels.indices.filter { labels[$0] != predicted[$0] }.map { row in
      TrainingReport.Mistake(
        width: 8, pixels: Array(pixels[row * 64..<(row + 1) * 64]), truth: data.classNames[labels[row]],
        prediction: data.classNames[predicted[row]], confidence: probabilities[row][predicted[row]])
    }
  }
}
