import ChainRuleCore

/// A direction to go along, and the first length to try.
struct Direction {
  let vector: [Double]
  let length: Double
}

/// What minimizers differ in: where the next step goes, and what is learned from it.
protocol DescentMethod {
  mutating func direction(at point: [Double], _ gradient: [Double], _ objective: Objective) throws -> Direction
  /// After a step: how far it went, and how the gradient changed.
  mutating func learn(step: [Double], change: [Double])
}

extension DescentMethod {
  func learn(step: [Double], change: [Double]) {}

  /// Line searches along one direction after the other, until the gradient is small enough or nothing improves.
  func minimize(
    _ objective: Objective, from start: [Double], _ first: (value: Double, gradient: [Double]), tolerance: Double,
    iterations: Int
  ) throws -> Minimum {
    var method = self
    var (point, value, gradient) = (start, first.value, first.gradient)
    var values: [Double] = []
    while largest(gradient) > tolerance, values.count < iterations {
      let direction = try method.direction(at: point, gradient, objective)
      let search = LineSearch(
        objective: objective, point: point, direction: direction.vector, value: value,
        slope: dot(direction.vector, gradient))
      guard let step = try search.run(from: direction.length) else { break }
      method.learn(step: moved(step.point, by: -1, along: point), change: moved(step.gradient, by: -1, along: gradient))
      (point, value, gradient) = (step.point, step.value, step.gradient)
      values.append(value)
    }
    return Minimum(
      point: point, value: value, gradientSize: largest(gradient), iterations: values.count,
      hasConverged: largest(gradient) <= tolerance, values: values)
  }
}
