import ChainRuleLearning

/// Every kind of state: weights, running statistics and a counter.
struct Net: Model {
  var first = Dense(4, 8, activation: tanh)
  var norm = BatchNorm(8)
  var drop = Dropout(0.2)
  var last = Dense(8, 3)
  func callAsFunction(_ x: Node) -> Node { last(drop(norm(first(x)))) }
}

/// y = x · w + b
struct Line: Model {
  var layer = Dense(2, 1)
  func callAsFunction(_ x: Node) -> Node { layer(x) }
}

/// Three noisy clusters in four dimensions.
func clusters(_ count: Int, seed: UInt64) throws -> Dataset {
  var numbers = RandomNumbers(seed: seed)
  let labels = (0..<count).map { _ in Int(numbers.uniform() * 3) }
  let rows = labels.map { label in (0..<4).map { ($0 == label ? 2 : 0) + 0.5 * numbers.normal() } }
  return try Dataset(rows, labels: labels)
}

func line(_ count: Int) throws -> Dataset {
  var numbers = RandomNumbers(seed: 5)
  let rows = (0..<count).map { _ in [numbers.normal(), numbers.normal()] }
  return try Dataset(rows, values: rows.map { [3 * $0[0] - $0[1] + 0.5] })
}

/// Stops after so many steps.
final class StopAfter: Callback {
  let steps: Int
  init(_ steps: Int) { self.steps = steps }
  func stepEnded(_ session: any TrainingSession, loss: Double) throws {
    if session.completedSteps == steps { session.stop(because: "test") }
  }
}
