import ChainRuleCore

/// While training, each element is 0 with probability `rate`, and the others are divided by 1 − rate; while
/// evaluating, x itself. Source: Srivastava et al. 2014.
///
/// Which elements are dropped depends on the seed and a counter that each step advances, so that a run can be
/// repeated, and resumed, on any number of threads.
public struct Dropout: Model, Sendable {
  /// The share that is dropped.
  public let rate: Double
  /// What fixes the elements that are dropped, together with the counter.
  public let seed: UInt64
  /// State: how many steps have been made.
  public let counter = Parameter(0, isTrainable: false)

  /// A layer that drops elements of what it gets.
  /// - Parameter rate: the share that is dropped, at least 0 and below 1.
  public init(_ rate: Double, seed: UInt64? = nil) { (self.rate, self.seed) = (rate, seed ?? nextSeed()) }

  /// Records x with some elements dropped while training, and x itself while evaluating: any shape to the same.
  public func callAsFunction(_ x: Node) -> Node {
    let graph = x.graph
    guard graph.mode == .training, rate != 0, x.error == nil else { return x }
    guard rate > 0, rate < 1 else {
      return graph.failed(
        ChainRuleError(.value, in: "Dropout", required: "a rate of at least 0 and below 1", got: "\(rate)"))
    }
    let counter = graph.parameter(counter)
    let isKept = less(graph.randomUniform(shape: x.shape, seed: seed, counter: counter), 1 - rate)
    do { try graph.renew(counter, to: counter + 1, in: "Dropout") } catch { return graph.failed(error) }
    return `where`(isKept, x * (1 / (1 - rate)), 0)
  }
}
