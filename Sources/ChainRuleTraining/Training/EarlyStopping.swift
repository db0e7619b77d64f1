import ChainRuleCore

/// Stops when nothing has become better for a number of epochs, and brings back the best parameters.
///
/// A resumed run stops where the unbroken one would have: what counts as best is read from the history, and the best
/// parameters are kept in the checkpoint. A run that was stopped goes on only with more patience. Stands behind a
/// `CheckpointWriter` in the list of callbacks, so that a checkpoint holds the last parameters and not the best ones.
public final class EarlyStopping: Callback {
  /// What is watched.
  public enum Quantity: Sendable, Hashable {
    /// The validation loss, or the training loss where nothing is validated.
    case loss
    /// A metric on the validation examples, or on the training examples where nothing is validated; greater is better.
    case metric(String)
  }

  /// What is watched.
  public let quantity: Quantity
  /// How many epochs without improvement are borne.
  public let patience: Int
  /// How much better counts as better.
  public let tolerance: Double
  /// Whether the best parameters are brought back at the end.
  public let restoresBest: Bool
  /// The best epoch so far.
  public private(set) var bestEpoch: Int?
  private var best: Double?
  private static let name = "EarlyStopping"

  /// A callback that stops after so many epochs without improvement.
  public init(
    patience: Int = 5, watching quantity: Quantity = .loss, tolerance: Double = 0, restoresBest: Bool = true
  ) {
    (self.quantity, self.patience, self.tolerance) = (quantity, patience, tolerance)
    self.restoresBest = restoresBest
  }

  /// Goes through the epochs that were made before.
  /// - Throws: a `ChainRuleError` where the watched metric is not measured.
  public func trainingBegan(_ session: any TrainingSession) throws {
    (best, bestEpoch) = (nil, nil)
    for epoch in session.history {
      if try isBetter(epoch) { bestEpoch = epoch.number }
    }
    guard let last = session.history.last else { return }
    if bestEpoch == last.number, session.stepsInEpoch == 0 { remember(session) }
    stop(session, after: last)
  }

  /// Keeps an epoch that is the best so far, and stops where patience is at its end.
  /// - Throws: a `ChainRuleError` where the watched metric is not measured.
  public func epochEnded(_ session: any TrainingSession) throws {
    guard let epoch = session.history.last else { return }
    if try isBetter(epoch) {
      bestEpoch = epoch.number
      remember(session)
    }
    stop(session, after: epoch)
  }

  /// Brings the best parameters back, unless they are the last ones.
  /// - Throws: a `ChainRuleError` when what is remembered does not fit the model.
  public func trainingEnded(_ session: any TrainingSession) throws {
    guard restoresBest, bestEpoch != session.history.last?.number, let state = session.remembered[Self.name] else {
      return
    }
    try session.restoreModel(state)
  }

  private func remember(_ session: any TrainingSession) {
    if restoresBest { session.remembered[Self.name] = session.modelState }
  }

  private func stop(_ session: any TrainingSession, after epoch: History.Epoch) {
    let best = bestEpoch ?? 0  // the start, where every epoch so far was not a number
    guard epoch.number - best >= patience else { return }
    session.stop(because: "no improvement since epoch \(best)")
  }

  /// Whether an epoch is the best so far, which is then the measure of the next ones.
  private func isBetter(_ epoch: History.Epoch) throws -> Bool {
    let value = try badness(epoch)
    guard !value.isNaN, best.map({ value < $0 - tolerance }) ?? true else { return false }
    best = value
    return true
  }

  /// Smaller is better.
  private func badness(_ epoch: History.Epoch) throws -> Double {
    switch quantity {
    case .loss: return epoch.validationLoss ?? epoch.loss
    case .metric(let name):
      let metrics = epoch.validationLoss == nil ? epoch.metrics : epoch.validationMetrics
      if let value = metrics[name] { return -value }
      throw ChainRuleError(
        .value, in: "EarlyStopping", required: "a metric \"\(name)\"",
        got: "only \(metrics.keys.sorted().joined(separator: ", "))")
    }
  }
}
