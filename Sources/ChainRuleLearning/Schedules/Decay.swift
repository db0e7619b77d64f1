#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// η · factor^⌊t / every⌋
public struct StepDecay: Schedule {
  public var every: Int, factor: Double
  public init(every: Int, factor: Double = 0.1) { (self.every, self.factor) = (every, factor) }
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    base * pow(factor, Double(moment.time / Swift.max(every, 1)))
  }
}

/// η · factor^(number of milestones reached)
public struct MultiStepDecay: Schedule {
  public var milestones: [Int], factor: Double
  public init(at milestones: [Int], factor: Double = 0.1) { (self.milestones, self.factor) = (milestones, factor) }
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    base * pow(factor, Double(milestones.count { $0 <= moment.time }))
  }
}

/// η · factorᵗ
public struct ExponentialDecay: Schedule {
  public var factor: Double
  public init(factor: Double) { self.factor = factor }
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double { base * pow(factor, Double(moment.time)) }
}

/// η · (start + (end − start) t / duration), then η · end.
public struct LinearChange: Schedule {
  public var start: Double, end: Double, duration: Int
  public init(from start: Double, to end: Double = 1, over duration: Int) {
    (self.start, self.end, self.duration) = (start, end, duration)
  }
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    base * (start + (end - start) * share(moment.time, of: duration))
  }
}

/// η · (1 − t / duration)^power, then 0.
public struct PolynomialDecay: Schedule {
  public var duration: Int, power: Double
  public init(over duration: Int, power: Double = 1) { (self.duration, self.power) = (duration, power) }
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    base * pow(1 - share(moment.time, of: duration), power)
  }
}

/// Another schedule after a linear rise from η · start over the first steps. Source: Goyal et al. 2017.
public struct Warmup: Schedule {
  public var duration: Int, start: Double
  public var next: any Schedule
  public init(over duration: Int, from start: Double = 0, then next: any Schedule = ConstantRate()) {
    (self.duration, self.start, self.next) = (duration, start, next)
  }
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double {
    guard moment.time >= duration else { return base * (start + (1 - start) * share(moment.time, of: duration)) }
    return next.rate(base, at: ScheduleMoment(time: moment.time - duration, losses: moment.losses))
  }
}

/// t / duration, at most 1.
private func share(_ time: Int, of duration: Int) -> Double {
  duration <= 0 ? 1 : Swift.min(Double(time) / Double(duration), 1)
}
