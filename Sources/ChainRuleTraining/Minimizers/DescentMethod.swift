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
    _ objective: Objective, from start: [Double], _ first: (value: Double, gradient: [Double]), within box: Box?,
    tolerance: Double, iterations: Int
  ) throws -> Minimum {
    var method = self
    var (point, value, gradient) = (start, first.value, first.gradient)
    var values: [Double] = []
    var free = box.map { $0.free(gradient, at: point) } ?? gradient
    let enough = tolerance * Swift.min(1, largest(free))
    var reason: Minimum.Reason?
    while reason == nil {
      if largest(free) <= enough {
        reason = .gradient
      } else if values.count >= iterations {
        reason = .iterations
      } else {
        objective.held = box.map { $0.holds(gradient, at: point) }
        var direction = try method.direction(at: point, free, objective)
        if let box { direction = Direction(vector: box.free(direction.vector, free), length: direction.length) }
        let slope = dot(direction.vector, free)
        let search = LineSearch(
          objective: objective, point: point, direction: direction.vector, value: value, slope: slope)
        let step =
          try box.map { try search.run(from: direction.length, within: $0) } ?? search.run(from: direction.length)
        guard let step else {
          let gain = Swift.max(-slope * direction.length, 0)
          reason = gain <= 64 * Double.ulpOfOne * Swift.abs(value) ? .rounding : .stalled
          break
        }
        method.learn(
          step: moved(step.point, by: -1, along: point), change: moved(step.gradient, by: -1, along: gradient))
        (point, value, gradient) = (step.point, step.value, step.gradient)
        free = box.map { $0.free(gradient, at: point) } ?? gradient
        values.append(value)
      }
    }
    return Minimum(
      point: point, value: value, gradientSize: largest(free), iterations: values.count, reason: reason ?? .stalled,
      values: values)
  }
}
