import ChainRuleCore

/// Everything that a run needs to go on as if it had not stopped, bit for bit.
public struct Checkpoint: Sendable, Equatable {
  /// The model's parameters and running statistics.
  public var model: ModelState
  /// What the optimizers remember, the step count, and gradients that wait to be applied.
  public var optimizer: ModelState
  /// What callbacks keep, by their names.
  public var remembered: [String: ModelState]
  /// What was reached until then.
  public var history: History
  /// How many epochs are finished.
  public var completedEpochs: Int
  /// How many steps are made, over all epochs.
  public var completedSteps: Int
  /// Steps made in the epoch that is under way, and what was measured in it.
  public var stepsInEpoch: Int
  /// What was measured in the epoch that is under way.
  public var totals: EpochTotals
  /// What fixes the order of the examples.
  public var seed: UInt64

  /// A checkpoint from its parts.
  public init(
    model: ModelState, optimizer: ModelState, history: History, completedEpochs: Int, completedSteps: Int,
    stepsInEpoch: Int, totals: EpochTotals, seed: UInt64, remembered: [String: ModelState] = [:]
  ) {
    (self.model, self.optimizer, self.history) = (model, optimizer, history)
    (self.completedEpochs, self.completedSteps, self.stepsInEpoch) = (completedEpochs, completedSteps, stepsInEpoch)
    (self.totals, self.seed) = (totals, seed)
    self.remembered = remembered
  }
}

extension Checkpoint {
  /// No run makes more steps or epochs than this.
  package static let mostCounted = 1 << 48

  /// What no run can have written, in words: a counter below 0, a history of other epochs. `nil` for a sound one.
  package var flaw: String? {
    let counters = [
      ("completedEpochs", completedEpochs), ("completedSteps", completedSteps), ("stepsInEpoch", stepsInEpoch),
      ("totals.count", totals.count),
    ]
    if let wrong = counters.first(where: { !(0...Self.mostCounted).contains($0.1) }) {
      return "\(wrong.0) \(wrong.1)"
    }
    guard history.count == completedEpochs, history.enumerated().allSatisfy({ $1.number == $0 + 1 }) else {
      return "a history of epochs \(history.map(\.number).prefix(8)) with \(completedEpochs) completed"
    }
    return nil
  }
}

/// Sums over the batches of an epoch, each counted with its number of examples.
public struct EpochTotals: Sendable, Equatable, Codable {
  /// Σ loss · examples over the batches.
  public var lossSum = 0.0
  /// How many examples were seen.
  public var count = 0
  /// Σ metric · examples over the batches, by name.
  public var metricSums: [String: Double] = [:]

  /// Sums of nothing.
  public init() {}

  /// The mean loss of an example; NaN before the first batch.
  public var loss: Double { lossSum / Double(count) }
  /// The mean metrics of an example, by name.
  public var metrics: [String: Double] { metricSums.mapValues { $0 / Double(count) } }

  mutating func add(_ values: StepValues, _ batch: Dataset, _ metrics: MetricChoice) throws {
    let weight = Double(batch.count)
    lossSum += values.loss * weight
    count += batch.count
    for (name, loss) in values.losses { metricSums[name, default: 0] += loss * weight }
    for entry in try metrics.measured(values.outputs, batch) where entry.metric.isMean {
      metricSums[entry.name, default: 0] += try entry.metric(entry.prediction, entry.targets) * weight
    }
  }
}

/// The former name of ``EpochTotals``.
@available(*, deprecated, renamed: "EpochTotals")
public typealias Totals = EpochTotals
