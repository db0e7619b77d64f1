/// Stops when nothing has become better for a number of epochs, and brings back the best parameters.
public final class EarlyStopping: Callback {
  /// What is watched.
  public enum Quantity: Sendable, Hashable {
    /// The validation loss, or the training loss where nothing is validated.
    case loss
    /// A metric on the validation examples; greater is better.
    case metric(String)
  }

  public let quantity: Quantity
  public let patience: Int
  /// How much better counts as better.
  public let tolerance: Double
  public let restoresBest: Bool
  /// The best epoch so far.
  public private(set) var bestEpoch: Int?
  private var best: (value: Double, state: ModelState?)?

  public init(
    patience: Int = 5, watching quantity: Quantity = .loss, tolerance: Double = 0, restoresBest: Bool = true
  ) {
    (self.quantity, self.patience, self.tolerance) = (quantity, patience, tolerance)
    self.restoresBest = restoresBest
  }

  public func trainingBegan(_ session: any TrainingSession) throws { (best, bestEpoch) = (nil, nil) }

  public func epochEnded(_ session: any TrainingSession) throws {
    guard let epoch = session.history.last else { return }
    let value = try badness(epoch)
    if !value.isNaN, best.map({ value < $0.value - tolerance }) ?? true {
      best = (value, restoresBest ? session.modelState : nil)
      bestEpoch = epoch.number
    } else if epoch.number - (bestEpoch ?? 0) >= patience {
      session.stop(because: "no improvement since epoch \(bestEpoch ?? 0)")
    }
  }

  public func trainingEnded(_ session: any TrainingSession) throws {
    guard let state = best?.state, bestEpoch != session.history.last?.number else { return }
    try session.restoreModel(state)
  }

  /// Smaller is better.
  private func badness(_ epoch: History.Epoch) throws -> Double {
    switch quantity {
    case .loss: return epoch.validationLoss ?? epoch.loss
    case .metric(let name):
      if let value = epoch.validationMetrics[name] ?? epoch.metrics[name] { return -value }
      throw ChainRuleError(
        .value, in: "EarlyStopping", required: "a metric \"\(name)\"",
        got: "only \(epoch.validationMetrics.keys.sorted().joined(separator: ", "))")
    }
  }
}
