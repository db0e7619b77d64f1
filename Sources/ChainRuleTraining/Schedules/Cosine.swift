import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// low + (η − low) (1 + cos(π t / duration)) / 2: half a wave down, and up again after it.
/// Source: Loshchilov and Hutter 2017.
public struct CosineAnnealing: Schedule {
  /// Steps down to the lowest rate, and that rate.
  public var duration: Int, lowest: Double
  /// Half a wave over so many steps.
  public init(over duration: Int, downTo lowest: Double = 0) { (self.duration, self.lowest) = (duration, lowest) }
  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.atLeast(1).check(duration, "duration", of: self)
    try SettingRange.notNegative.check(lowest, "lowest", of: self)
  }

  /// The rate in force, by the formula above.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    wave(from: base, to: lowest, Double(moment.time) / Double(Swift.max(duration, 1)))
  }
}

/// Cosine annealing that starts again after `first`, first · growth, first · growth², … steps.
/// Source: Loshchilov and Hutter 2017.
public struct WarmRestarts: Schedule {
  /// Steps of the first wave, by how much each wave is longer than the one before, and the rate at the end of each.
  public var first: Int, growth: Int, lowest: Double
  /// Waves of so many steps, each `growth` times as long as the one before.
  public init(every first: Int, growingBy growth: Int = 1, downTo lowest: Double = 0) {
    (self.first, self.growth, self.lowest) = (first, growth, lowest)
  }
  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.atLeast(1).check(first, "first", of: self)
    try SettingRange.atLeast(1).check(growth, "growth", of: self)
    try SettingRange.notNegative.check(lowest, "lowest", of: self)
  }

  /// The rate in force, by the formula above.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    var (time, length) = (moment.time, Swift.max(first, 1))
    if growth <= 1 { time %= length }
    while time >= length {
      time -= length
      length = Extents.product(length, growth)
    }
    return wave(from: base, to: lowest, Double(time) / Double(length))
  }
}

/// Up to `peak` and down again far below the start, with the momentum going the other way.
/// Source: Smith and Topin 2018.
public struct OneCycle: Schedule {
  /// How the rate goes from one turning point to the next.
  public enum Shape: String, Sendable {
    /// Half a cosine wave.
    case cosine
    /// A line.
    case linear
  }

  /// The rate at the top, and how many steps the cycle has.
  public var peak: Double, duration: Int
  /// The share of steps that go up.
  public var rise: Double
  /// How the rate goes up and down.
  public var shape: Shape
  /// The start is peak / startDivisor, the end that divided by endDivisor.
  public var startDivisor: Double, endDivisor: Double
  /// Back to the start as slowly as up, then down to the end.
  public var hasThreePhases: Bool
  /// The momentum at the peak and at both ends; `nil` leaves it alone.
  public var momenta: ClosedRange<Double>?

  /// A cycle over so many steps, with the paper's shape by default; `rise` is the share of them that go up.
  public init(
    peak: Double, over duration: Int, rise: Double = 0.3, shape: Shape = .cosine, startDivisor: Double = 25,
    endDivisor: Double = 1e4, hasThreePhases: Bool = false, momenta: ClosedRange<Double>? = 0.85...0.95
  ) {
    (self.peak, self.duration, self.rise, self.shape) = (peak, duration, rise, shape)
    (self.startDivisor, self.endDivisor) = (startDivisor, endDivisor)
    (self.hasThreePhases, self.momenta) = (hasThreePhases, momenta)
  }

  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(peak, "peak", of: self)
    try SettingRange.atLeast(1).check(duration, "duration", of: self)
    try SettingRange.closedShare.check(rise, "rise", of: self)
    try SettingRange.positive.check(startDivisor, "startDivisor", of: self)
    try SettingRange.positive.check(endDivisor, "endDivisor", of: self)
    for momentum in [momenta?.lowerBound, momenta?.upperBound].compactMap({ $0 }) {
      try SettingRange.share.check(momentum, "momentum", of: self)
    }
  }

  /// The optimizer's own rate is not used.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    let start = peak / startDivisor
    return value(at: moment.time, start, peak, start / endDivisor)
  }

  /// The momentum in force: high where the rate is low.
  public func momentum(at moment: ScheduleMoment) -> Double? {
    momenta.map { value(at: moment.time, $0.upperBound, $0.lowerBound, $0.upperBound) }
  }

  private func value(at time: Int, _ start: Double, _ peak: Double, _ end: Double) -> Double {
    let top = rise * Double(duration) - 1, last = Double(duration) - 1
    let back = 2 * rise * Double(duration) - 2
    let phases: [(until: Double, from: Double, to: Double)] =
      hasThreePhases
      ? [(top, start, peak), (back, peak, start), (last, start, end)] : [(top, start, peak), (last, peak, end)]
    var begin = 0.0
    for (index, phase) in phases.enumerated() {
      if Double(time) <= phase.until || index == phases.count - 1 {
        let share = phase.until > begin ? Swift.min((Double(time) - begin) / (phase.until - begin), 1) : 1
        return shape == .linear
          ? phase.from + (phase.to - phase.from) * share : wave(from: phase.from, to: phase.to, share)
      }
      begin = phase.until
    }
    return end
  }
}

/// Half a cosine wave: `high` at share 0, `low` at share 1.
private func wave(from high: Double, to low: Double, _ share: Double) -> Double {
  low + (high - low) * (1 + cos(.pi * share)) / 2
}
