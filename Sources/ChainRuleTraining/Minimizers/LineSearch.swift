import ChainRuleCore

/// A step length that satisfies the strong Wolfe conditions: the value falls enough and the slope flattens enough.
/// Source: Nocedal and Wright 2006, algorithms 3.5 and 3.6.
struct LineSearch {
  let objective: Objective
  let point: [Double], direction: [Double]
  let value: Double, slope: Double
  /// c₁ and c₂ of the conditions.
  var decrease = 1e-4, curvature = 0.9

  struct Step {
    let length: Double, value: Double, slope: Double
    let point: [Double], gradient: [Double]
  }

  /// `nil` when no step improves the value any more.
  func run(from first: Double) throws -> Step? {
    var before = Step(length: 0, value: value, slope: slope, point: point, gradient: [])
    var length = first
    for round in 0..<30 {
      let step = try take(length)
      if !(step.value <= value + decrease * length * slope) || (round > 0 && step.value >= before.value) {
        return try zoom(before, step)
      }
      if Swift.abs(step.slope) <= -curvature * slope { return step }
      if step.slope >= 0 { return try zoom(step, before) }
      before = step
      length *= 2
    }
    return before.length > 0 ? before : nil
  }

  private func take(_ length: Double) throws -> Step {
    let next = moved(point, by: length, along: direction)
    let (value, gradient) = try objective.evaluate(at: next)
    return Step(length: length, value: value, slope: dot(gradient, direction), point: next, gradient: gradient)
  }

  /// Between a good end and a bad one.
  private func zoom(_ low: Step, _ high: Step) throws -> Step? {
    var (low, high) = (low, high)
    for _ in 0..<40 {
      let step = try take(middle(low, high))
      if !(step.value <= value + decrease * step.length * slope) || step.value >= low.value {
        high = step
      } else {
        if Swift.abs(step.slope) <= -curvature * slope { return step }
        if step.slope * (high.length - low.length) >= 0 { high = low }
        low = step
      }
      if Swift.abs(high.length - low.length) < 1e-14 * Swift.max(1, low.length) { break }
    }
    return low.length > 0 ? low : nil
  }

  /// The minimum of the parabola through one end's value and slope and the other's value, kept away from the ends.
  private func middle(_ low: Step, _ high: Step) -> Double {
    let width = high.length - low.length
    let bend = high.value - low.value - low.slope * width
    let guess = bend > 0 ? low.length - low.slope * width * width / (2 * bend) : .nan
    let bounds = (low.length + 0.1 * width, low.length + 0.9 * width)
    let inside = (Swift.min(bounds.0, bounds.1)...Swift.max(bounds.0, bounds.1)).contains(guess)
    return inside ? guess : low.length + width / 2
  }
}
