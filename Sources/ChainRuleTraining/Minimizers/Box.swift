import ChainRuleCore

/// The least and the largest value of each element, and what they hold still. Steps are projected: an element that would
/// leave stays on its bound. Source: Bertsekas 1982.
struct Box {
  let bounds: [ClosedRange<Double>]

  init(_ bounds: [ClosedRange<Double>]) { self.bounds = bounds }

  /// The nearest point inside.
  func held(_ point: [Double]) -> [Double] {
    zip(point, bounds).map { Swift.min(Swift.max($0, $1.lowerBound), $1.upperBound) }
  }

  /// Whether each element lies on a bound against which going downhill presses it.
  func holds(_ gradient: [Double], at point: [Double]) -> [Bool] {
    point.indices.map { index in
      point[index] <= bounds[index].lowerBound && gradient[index] > 0
        || point[index] >= bounds[index].upperBound && gradient[index] < 0
    }
  }

  /// The gradient without the elements that are held.
  func free(_ gradient: [Double], at point: [Double]) -> [Double] {
    zip(gradient, holds(gradient, at: point)).map { $1 ? 0 : $0 }
  }

  /// A direction without the elements of which the gradient has none.
  func free(_ direction: [Double], _ gradient: [Double]) -> [Double] {
    zip(direction, gradient).map { $1 == 0 ? 0 : $0 }
  }
}

extension LineSearch {
  /// The first of ever shorter steps, projected onto the box, after which the value has fallen enough along what was
  /// really walked; nil when none has.
  func run(from first: Double, within box: Box) throws -> Step? {
    var length = first
    for _ in 0..<60 {
      let next = box.held(moved(point, by: length, along: direction))
      let walked = moved(next, by: -1, along: point)
      if walked.allSatisfy({ $0 == 0 }) { return nil }
      let (value, gradient) = try objective.evaluate(at: next)
      // Where elements stop at their bounds, the slope along the rest still tells what may be expected.
      let expected = Swift.min(slope * length, 0) * Self.share(walked, length, direction)
      if value <= self.value + decrease * expected, value < self.value {
        return Step(length: length, value: value, slope: dot(gradient, direction), point: next, gradient: gradient)
      }
      length /= 2
    }
    return nil
  }

  /// How much of a step is left after the projection.
  private static func share(_ walked: [Double], _ length: Double, _ direction: [Double]) -> Double {
    let whole = length * length * dot(direction, direction)
    return whole > 0 ? (dot(walked, walked) / whole).squareRoot() : 0
  }
}
