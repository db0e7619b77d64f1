import ChainRuleCore
import Synchronization

/// Makes everything that `body` creates start from one seed: layers take their random numbers from it in the order in
/// which they are made.
///
/// ```swift
/// let model = withSeed(7) { Classifier() }
/// ```
///
/// Outside of it, layers take theirs from a process-wide sequence that starts the same way in every run.
/// - Throws: what `body` throws.
public func withSeed<Result>(_ seed: UInt64, _ body: () throws -> Result) rethrows -> Result {
  try SeedSource.$current.withValue(SeedSource(seed: seed), operation: body)
}

/// The next seed of the surrounding `withSeed`, or of the process.
public func nextSeed() -> UInt64 { (SeedSource.current ?? SeedSource.process).next() }

final class SeedSource: Sendable {
  @TaskLocal static var current: SeedSource?
  static let process = SeedSource(seed: 0)

  private let numbers: Mutex<RandomNumbers>

  init(seed: UInt64) { numbers = Mutex(RandomNumbers(seed: seed)) }

  func next() -> UInt64 { numbers.withLock { $0.next() } }
}
