import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// η · factor^⌊t / every⌋
public struct StepDecay: Schedule {
  /// How many steps a rate lasts, and the factor from one to the next.
  public var every: Int, factor: Double
  /// A fall after every so many steps.
  public init(every: Int, factor: Double = 0.1) { (self.every, self.factor) = (every, factor) }
  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.atLeast(1).check(every, "every", of: self)
    try SettingRange.notNegative.check(factor, "factor", of: self)
  }

  /// The rate in force, by the formula above.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    base * pow(factor, Double(moment.time / Swift.max(every, 1)))
  }
}

/// η · factor^(number of milestones reached)
public struct MultiStepDecay: Schedule {
  /// The steps at which the rate falls, and the factor of each fall.
  public var milestones: [Int], factor: Double
  /// A fall at each of some steps.
  public init(at milestones: [Int], factor: Double = 0.1) { (self.milestones, self.factor) = (milestones, factor) }
  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    for milestone in milestones { try SettingRange.atLeast(0).check(milestone, "milestone", of: self) }
    try SettingRange.notNegative.check(factor, "factor", of: self)
  }

  /// The rate in force, by the formula above.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    base * pow(factor, Double(milestones.count { $0 <= moment.time }))
  }
}

/// η · factorᵗ
public struct ExponentialDecay: Schedule {
  /// The factor from step to step.
  public var factor: Double
  /// A fall in every step.
  public init(factor: Double) { self.factor = factor }
  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(factor, "factor", of: self)
  }

  /// The rate in force, by the formula above.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double { base * pow(factor, Double(moment.time)) }
}

/// η · (start + (end − start) t / duration), then η · end.
public struct LinearChange: Schedule {
  /// The factors of the rate at both ends, and how many steps lie between them.
  public var start: Double, end: Double, duration: Int
  /// A line from one factor to another over so many steps.
  public init(from start: Double, to end: Double = 1, over duration: Int) {
    (self.start, self.end, self.duration) = (start, end, duration)
  }
  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.notNegative.check(start, "start", of: self)
    try SettingRange.notNegative.check(end, "end", of: self)
    try SettingRange.atLeast(1).check(duration, "duration", of: self)
  }

  /// The rate in force, by the formula above.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    base * (start + (end - start) * share(moment.time, of: duration))
  }
}

/// η · (1 − t / duration)^power, then 0.
public struct PolynomialDecay: Schedule {
  /// Steps down to 0, and the power of what is left of them.
  public var duration: Int, power: Double
  /// A fall to 0 over so many steps; a line for power 1.
  public init(over duration: Int, power: Double = 1) { (self.duration, self.power) = (duration, power) }
  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.atLeast(1).check(duration, "duration", of: self)
    try SettingRange.notNegative.check(power, "power", of: self)
  }

  /// The rate in force, by the formula above.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    base * pow(1 - share(moment.time, of: duration), power)
  }
}

/// Another schedule after a linear rise from η · start over the first steps. Source: Goyal et al. 2017.
public struct Warmup: Schedule {
  /// How many steps the rise takes, and the factor at its beginning.
  public var duration: Int, start: Double
  /// The schedule after the rise, which counts its steps from there.
  public var next: any Schedule
  /// A rise over so many steps, then another schedule; the rate stays as it is by default.
  public init(over duration: Int, from start: Double = 0, then next: any Schedule = ConstantRate()) {
    (self.duration, self.start, self.next) = (duration, start, next)
  }
  /// Looks at the settings.
  /// - Throws: for one out of its range.
  public func validate() throws {
    try SettingRange.atLeast(0).check(duration, "duration", of: self)
    try SettingRange.notNegative.check(start, "start", of: self)
    try next.validate()
  }

  /// The rate in force, by the formula above.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    guard moment.time >= duration else { return base * (start + (1 - start) * share(moment.time, of: duration)) }
    return next.rate(base, at: ScheduleMoment(time: moment.time - Swift.max(duration, 0), losses: moment.losses))
  }
}

/// t / duration, at most 1.
private func share(_ time: Int, of duration: Int) -> Double {
  duration <= 0 ? 1 : Swift.min(Double(time) / Double(duration), 1)
}
