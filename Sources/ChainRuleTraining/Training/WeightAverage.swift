import ChainRuleCore

/// Averages the parameters over the run and puts the average in their place at its end: it generalizes better than the
/// last step of a noisy descent. What is averaged so far is saved with a checkpoint. Running statistics are averaged too.
///
/// ```swift
/// try training.run(on: examples, epochs: 20, callbacks: [WeightAverage(.exponential(decay: 0.999))])
/// ```
///
/// Stands behind a `CheckpointWriter` in the list of callbacks, so that a checkpoint holds the last parameters.
public final class WeightAverage: Callback {
  /// How steps are weighed.
  public enum Kind: Sendable, Hashable {
    /// a ← d a + (1 − d) θ after each step, with d at most (1 + t)/(10 + t) in step t. Source: Polyak and Juditsky 1992;
    /// the start as in TensorFlow's `ExponentialMovingAverage`.
    case exponential(decay: Double)
    /// The mean of the parameters after each epoch, from one on. Source: Izmailov et al. 2018.
    case equal(fromEpoch: Int)
  }

  /// How steps are weighed.
  public let kind: Kind
  private static let name = "WeightAverage", countPath = "count of averaged states"

  /// An average of that kind.
  public init(_ kind: Kind) { self.kind = kind }

  /// Looks at the settings.
  /// - Throws: a `ChainRuleError` for a decay that is no share, or an epoch below 1.
  public func trainingBegan(_ session: any TrainingSession) throws {
    switch kind {
    case .exponential(let decay): try SettingRange.share.check(decay, "decay", of: self)
    case .equal(let first): try SettingRange.atLeast(1).check(first, "fromEpoch", of: self)
    }
  }

  /// Follows the step, for an exponential average.
  public func stepEnded(_ session: any TrainingSession, loss: Double) throws {
    guard case .exponential(let decay) = kind else { return }
    let step = Double(session.completedSteps)
    follow(session, share: 1 - Swift.min(decay, (1 + step) / (10 + step)))
  }

  /// Adds the epoch, for a mean of epochs.
  public func epochEnded(_ session: any TrainingSession) throws {
    guard case .equal(let first) = kind, session.completedEpochs >= first else { return }
    follow(session, share: 1 / Double(session.completedEpochs - first + 1))
  }

  /// The average so far; nil before the first state.
  public func average(of session: any TrainingSession) -> ModelState? { session.remembered[Self.name] }

  /// Puts the average in place of the parameters.
  /// - Throws: a `ChainRuleError` when what is remembered does not fit the model.
  public func trainingEnded(_ session: any TrainingSession) throws {
    if let average = average(of: session) { try session.restoreModel(average) }
  }

  /// a ← a + share (θ − a); the first state is the average of one.
  private func follow(_ session: any TrainingSession, share: Double) {
    let now = session.modelState
    guard let before = average(of: session), before.paths == now.paths else {
      session.remembered[Self.name] = now
      return
    }
    session.remembered[Self.name] = ModelState(
      zip(before.entries, now.entries).map { old, new in
        let floats = new.value.elementType == .float32
        if floats {
          let mixed = zip(old.value.floats, new.value.floats).map { $0 + Float(share) * ($1 - $0) }
          return (new.path, Tensor(floats: mixed, shape: new.value.shape))
        }
        let mixed = zip(old.value.scalars, new.value.scalars).map { $0 + share * ($1 - $0) }
        return (new.path, Tensor(shape: new.value.shape, mixed))
      })
  }
}
