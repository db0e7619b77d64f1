import ChainRule
import ChainRuleTraining

/// How much of each class is found, epoch after epoch: a callback that measures the recall of every class on examples
/// that are watched, and goes on where a resumed run stood.
///
/// ```swift
/// let curves = ClassCurves(on: validation, names: ["no", "yes"]) { try training.predictions(for: $0) }
/// try training.run(on: examples, epochs: 10, callbacks: [curves])
/// report.classes = curves.series
/// ```
///
/// Where checkpoints are written, it stands before them, so that they hold the epoch that was just made.
public final class ClassCurves: Callback {
  /// The recall of each class, one value an epoch; none for the epochs before a resumed run that did not measure them.
  public private(set) var series: [LineChart.Series]
  private let examples: Dataset
  private let scores: (Dataset) throws -> Tensor
  private static let name = "class curves"

  /// - Parameters:
  ///   - examples: inputs, and class indices `[count]` or one-hot rows as targets.
  ///   - names: a name for each class, in the order of the scores.
  ///   - scores: what the model says, `[count, classes]`.
  public init(on examples: Dataset, names: [String], scores: @escaping (Dataset) throws -> Tensor) {
    (self.examples, self.scores) = (examples, scores)
    series = names.map { LineChart.Series($0, []) }
  }

  /// Takes over what an earlier run has measured.
  public func trainingBegan(_ session: any TrainingSession) throws {
    let saved = session.remembered[Self.name]
    for (position, line) in series.enumerated() {
      let values = saved?["\(position)"]?.scalars.map { $0.isNaN ? nil : $0 } ?? []
      let missing = [Double?](repeating: nil, count: max(0, session.completedEpochs - values.count))
      series[position] = LineChart.Series(line.name, (values + missing).prefix(session.completedEpochs).map { $0 })
    }
  }

  /// Measures the epoch that was just made.
  /// - Throws: what the scores throw, and a `ChainRuleError` where they do not belong to the targets and the names.
  public func epochEnded(_ session: any TrainingSession) throws {
    let matrix = try ConfusionMatrix(
      scores: scores(examples), targets: examples.targets, names: series.map(\.name))
    var saved = ModelState()
    for (position, line) in series.enumerated() {
      let count = matrix.counts[position].reduce(0, +)
      series[position] = LineChart.Series(line.name, line.values + [count > 0 ? matrix.recall(of: position) : nil])
      saved["\(position)"] = Tensor(series[position].values.map { $0 ?? .nan })
    }
    session.remembered[Self.name] = saved
  }
}
