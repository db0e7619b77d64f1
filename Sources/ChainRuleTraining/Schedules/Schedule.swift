import ChainRuleCore

/// How the learning rate changes while training goes on.
public protocol Schedule: Sendable {
  /// The rate in force at a moment, from the optimizer's own rate.
  func rate(_ base: Double, at moment: ScheduleMoment) -> Double
  /// The momentum in force, for schedules that set it too.
  func momentum(at moment: ScheduleMoment) -> Double?
  /// Looks at the settings before a training begins; asks for nothing by default.
  /// - Throws: for a setting that the rule cannot work with, naming it.
  func validate() throws
}

extension Schedule {
  /// Asks for nothing.
  public func validate() throws {}
  /// The momentum is left alone.
  public func momentum(at moment: ScheduleMoment) -> Double? { nil }
}

/// A moment of training, as schedules see it. Everything is a function of what has happened, so that a resumed run
/// goes on as if it had not stopped.
public struct ScheduleMoment: Sendable, Equatable {
  /// How many steps (or epochs, for a schedule per epoch) have been made.
  public var time: Int
  /// The validation loss of each finished epoch; the training loss where nothing is validated.
  public var losses: [Double]

  /// A moment after so many steps or epochs.
  public init(time: Int, losses: [Double] = []) { (self.time, self.losses) = (time, losses) }
}

/// What a schedule's time counts.
public enum SchedulePeriod: String, Sendable {
  /// Updates of the parameters.
  case step
  /// Finished epochs.
  case epoch
}

/// The base rate throughout.
public struct ConstantRate: Schedule {
  /// A schedule that changes nothing.
  public init() {}
  /// The base rate.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double { base }
}

/// A factor from a function of time.
public struct CustomRate: Schedule {
  private let factor: @Sendable (Int) -> Double
  /// A schedule from a function of the steps made so far.
  public init(_ factor: @escaping @Sendable (Int) -> Double) { self.factor = factor }
  /// The base rate times the function's factor.
  public func rate(_ base: Double, at moment: ScheduleMoment) -> Double { base * factor(moment.time) }
}
