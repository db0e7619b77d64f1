/// Everything that a run needs to go on as if it had not stopped, bit for bit.
public struct Checkpoint: Sendable, Equatable {
  /// The model's parameters and running statistics.
  public var model: ModelState
  /// What the optimizers remember, the step count, and gradients that wait to be applied.
  public var optimizer: ModelState
  /// What callbacks keep, by their names.
  public var remembered: [String: ModelState]
  public var history: History
  public var completedEpochs: Int
  public var completedSteps: Int
  /// Steps made in the epoch that is under way, and what was measured in it.
  public var stepsInEpoch: Int
  public var totals: Totals
  public var seed: UInt64

  public init(
    model: ModelState, optimizer: ModelState, history: History, completedEpochs: Int, completedSteps: Int,
    stepsInEpoch: Int, totals: Totals, seed: UInt64, remembered: [String: ModelState] = [:]
  ) {
    (self.model, self.optimizer, self.history) = (model, optimizer, history)
    (self.completedEpochs, self.completedSteps, self.stepsInEpoch) = (completedEpochs, completedSteps, stepsInEpoch)
    (self.totals, self.seed) = (totals, seed)
    self.remembered = remembered
  }
}

/// Sums over the batches of an epoch, each counted with its number of examples.
public struct Totals: Sendable, Equatable, Codable {
  public var lossSum = 0.0
  public var count = 0
  public var metricSums: [String: Double] = [:]

  public init() {}

  public var loss: Double { lossSum / Double(count) }
  public var metrics: [String: Double] { metricSums.mapValues { $0 / Double(count) } }

  mutating func add(loss: Double, prediction: Tensor, _ batch: Dataset, _ metrics: [Metric]?) throws {
    let weight = Double(batch.count)
    lossSum += loss * weight
    count += batch.count
    for metric in metrics ?? Metric.usual(for: batch.targets) where metric.isMean {
      metricSums[metric.name, default: 0] += try metric(prediction, batch.targets) * weight
    }
  }
}
