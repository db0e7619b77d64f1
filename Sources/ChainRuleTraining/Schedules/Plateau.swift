import ChainRuleCore

/// The rate times `factor` whenever the loss has not improved for more than `patience` epochs.
public struct ReduceOnPlateau: Schedule {
  /// How much better a loss must be to count.
  public enum Threshold: Sendable, Equatable {
    /// By this share of the best.
    case relative(Double)
    /// By this much.
    case absolute(Double)
  }

  /// What the rate is multiplied by, and how many epochs without improvement are borne.
  public var factor: Double, patience: Int
  /// How much better a loss must be to count.
  public var threshold: Threshold
  /// Epochs after a reduction during which nothing is counted.
  public var cooldown: Int
  /// The rate below which it does not fall.
  public var lowest: Double
  /// Greater is better, for scores instead of losses.
  public var isScore: Bool

  /// A schedule that waits for the losses; the defaults are those of PyTorch.
  public init(
    factor: Double = 0.1, patience: Int = 10, threshold: Threshold = .relative(1e-4), cooldown: Int = 0,
    lowest: Double = 0, isScore: Bool = false
  ) {
    (self.factor, self.patience, self.threshold) = (factor, patience, threshold)
    (self.cooldown, self.lowest, self.isScore) = (cooldown, lowest, isScore)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(factor, "factor", of: self)
    try SettingRange.atLeast(0).check(patience, "patience", of: self)
    try SettingRange.atLeast(0).check(cooldown, "cooldown", of: self)
    try SettingRange.notNegative.check(lowest, "lowest", of: self)
    switch threshold {
    case .relative(let share): try SettingRange.closedShare.check(share, "threshold", of: self)
    case .absolute(let amount): try SettingRange.notNegative.check(amount, "threshold", of: self)
    }
  }

  /// Goes through all losses again, so that there is no state to lose.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    var rate = base, best: Double?
    var badEpochs = 0, cooling = 0
    for loss in moment.losses {
      if best.map({ isBetter(loss, than: $0) }) ?? !loss.isNaN {
        (best, badEpochs) = (loss, 0)
      } else {
        badEpochs += 1
      }
      if cooling > 0 { (cooling, badEpochs) = (cooling - 1, 0) }
      if badEpochs > patience {
        rate = Swift.max(rate * factor, lowest)
        (cooling, badEpochs) = (cooldown, 0)
      }
    }
    return rate
  }

  private func isBetter(_ loss: Double, than best: Double) -> Bool {
    switch threshold {
    case .relative(let share): isScore ? loss > best * (1 + share) : loss < best * (1 - share)
    case .absolute(let amount): isScore ? loss > best + amount : loss < best - amount
    }
  }
}
