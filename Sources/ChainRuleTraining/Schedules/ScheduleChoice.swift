import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A schedule that is told by its name, laid out over a whole run.
///
/// Every schedule of the library is in the table, but for the one that is a function; a test walks the folder and the
/// table.
package struct ScheduleChoice: RawRepresentable, CaseIterable, Codable, Sendable {
  /// What it is called on a command line and in a file.
  package let rawValue: String
  /// What it does, for people.
  package let words: String
  private let make: @Sendable (_ rate: Double, _ steps: Int) -> any Schedule

  private init(
    _ name: String, _ words: String, _ make: @escaping @Sendable (_ rate: Double, _ steps: Int) -> any Schedule
  ) {
    (rawValue, self.words, self.make) = (name, words, make)
  }

  /// The choice of that name.
  package init?(rawValue: String) {
    guard let choice = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = choice
  }

  /// The schedule.
  /// - Parameters:
  ///   - rate: the learning rate, which one-cycle takes as its peak.
  ///   - steps: all steps of the run.
  package func schedule(rate: Double, steps: Int) -> any Schedule { make(rate, Swift.max(steps, 1)) }

  package static let allCases: [ScheduleChoice] = [
    constant,
    ScheduleChoice("step", "a tenth after each third of the run") { StepDecay(every: part($1, 3)) },
    ScheduleChoice("multistep", "a tenth at one half, and again at three quarters") {
      MultiStepDecay(at: [$1 / 2, 3 * $1 / 4])
    },
    ScheduleChoice("exponential", "down to a hundredth, by the same factor in each step") {
      ExponentialDecay(factor: pow(0.01, 1 / Double($1)))
    },
    ScheduleChoice("linear", "a straight line down to a hundredth") { LinearChange(from: 1, to: 0.01, over: $1) },
    ScheduleChoice("polynomial", "down to 0 by the square of what is left") { PolynomialDecay(over: $1, power: 2) },
    ScheduleChoice("cosine", "half a cosine wave down to 0") { CosineAnnealing(over: $1) },
    ScheduleChoice("restarts", "three cosine waves, each twice as long as the one before") {
      WarmRestarts(every: part($1, 7), growingBy: 2)
    },
    ScheduleChoice("warmup", "up during the first tenth, then a cosine wave down to 0") { _, steps in
      let rise = part(steps, 10)
      return Warmup(over: rise, from: 0.01, then: CosineAnnealing(over: Swift.max(steps - rise, 1)))
    },
    ScheduleChoice("onecycle", "from a 25th up to the rate and far down, momentum the other way") {
      OneCycle(peak: $0, over: $1)
    },
    ScheduleChoice("plateau", "times 0.3 when the loss has not fallen for 3 epochs") { _, _ in
      ReduceOnPlateau(factor: 0.3, patience: 3)
    },
  ]

  /// The one that is usual.
  package static let constant = ScheduleChoice("constant", "the same rate throughout") { _, _ in ConstantRate() }

  /// So many steps that `count` such parts cover all.
  private static func part(_ steps: Int, _ count: Int) -> Int { (steps + count - 1) / count }
}
