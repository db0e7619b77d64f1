import ChainRuleCore

/// A gradient at both ends of a stencil, held against differences of values for all its elements at once.
///
/// Along a random direction an element's error hides only where the others make up for it, which two directions rule
/// out. What this cannot tell of a small element beside large ones is asked of that element alone.
struct GradientBeside {
  let step: Double
  /// By element: a bound for its error at both ends, and its values there.
  let errors: [Double], ends: [[Double]]

  /// What it says of one element whose stencil is about as wide; `nil` where it says too little.
  func beside(_ link: GradientCheck.Link, _ slope: Slope, at place: Int) -> GradientCheck.Beside? {
    guard slope.stencil == .central, slope.step <= step, slope.step >= step / 8, slope.kink == nil,
      !slope.isFlat
    else { return nil }
    let error = errors[place], size = ends.reduce(link.size) { Swift.max($0, $1[place].magnitude) }
    guard error <= 1e-5 * size else { return nil }
    var result = GradientCheck.Beside(error: error / slope.step)
    for end in ends {
      result.variation = Swift.max(result.variation, ((end[place] - link.here).magnitude - 2 * link.noise) / step)
    }
    return result
  }
}

extension GradientCheck {
  /// The gradient of one leaf beside the point, at the widest of the stencils that decided; `nil` for so few rows that
  /// nothing is saved, and where a branch changes.
  func gradientBeside(of leaf: Int, rows: Int, at slopes: [Slope], of moving: LineSlopes, _ first: RoundoffBound)
    throws -> GradientBeside?
  {
    let steps = slopes.lazy.filter { $0.stencil == .central && !$0.isFlat && $0.bar.isFinite }.map(\.step)
    guard rows > 2, let step = steps.max(), step > 0, step.isFinite else { return nil }
    var random = RandomNumbers(seed: 23), ends: [[Double]] = []
    var errors = [Double](repeating: 0, count: slopes.count)
    for t in [step, -step] {
      let there = moving.sample(t)
      guard there.isFinite, there.flip == nil else { return nil }
      let local = try PerturbedEvaluation(graph: graph, output: output.id, leaves: [nodes[leaf].id])
      defer { local.restore() }
      for _ in 0..<2 {
        let direction = local.randomDirection(&random)[0]
        func sum(_ values: [Double]) -> Double { zip(values, direction).reduce(0) { $0 + ($1.0 * $1.1).magnitude } }
        let leafNoise =
          RoundoffBound.unit * zip(there.values, local.points[0]).reduce(0) { $0 + ($1.0 * $1.1).magnitude }
        let slope = LineSlopes(
          local, .direction([direction]), noises: [2 * (first.noise + leafNoise)],
          targets: [sum(first.magnitudes[leaf])]
        ).search()[0]
        let claimed = zip(there.values, direction).reduce(0) { $0 + $1.0 * $1.1 }
        let error = (claimed - slope.value).magnitude + slope.bar
        guard error.isFinite, slope.kink == nil else { return nil }
        for (place, part) in direction.enumerated() { errors[place] = Swift.max(errors[place], error / part.magnitude) }
      }
      ends.append(there.values)
    }
    return GradientBeside(step: step, errors: errors, ends: ends)
  }
}
