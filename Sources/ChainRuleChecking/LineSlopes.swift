import ChainRuleCore

/// First derivatives of every output along one line through the point: t ↦ f(x + t·direction).
struct LineSlopes {
  let evaluation: PerturbedEvaluation
  /// The leaves' elements that move together: one element, or all of them along a direction.
  let line: Line
  /// Bounds of the outputs' round-off, and the sizes at which their slopes are told from zero.
  let noises: [Double], targets: [Double]

  enum Line {
    case element(leaf: Int, position: Int)
    case direction([[Double]])
  }

  /// The exponents of the steps to try.
  var range: (start: Int, lowest: Int, highest: Int) {
    switch line {
    case .direction: return (-3, -30, 0)
    case .element(let leaf, let position):
      let x = evaluation.points[leaf][position].magnitude
      // Below the smallest normal number differences lose their digits; a step must move x by several units.
      if x == 0 { return (-3, -1000, 1000) }
      return (
        Swift.max(-1018, Int(x.exponent) - 3), Swift.max(-1070, Int(x.ulp.exponent) + 5), 1000
      )
    }
  }

  func sample(_ t: Double, reference: [Int32: [Double]]? = nil) -> PerturbedEvaluation.Sample {
    switch line {
    case .element(let leaf, let position):
      evaluation.sample([.init(leaf: leaf, position: position, offset: t)], reference: reference)
    case .direction(let direction): evaluation.sample(along: direction, offset: t, reference: reference)
    }
  }

  /// How much each element of a leaf moves per unit of t; `nil` for a leaf that stays.
  func weights(_ leaf: Int) -> [Double]? {
    switch line {
    case .direction(let direction): return direction[leaf]
    case .element(let moved, let position):
      if moved != leaf { return nil }
      var weights = [Double](repeating: 0, count: evaluation.points[leaf].count)
      weights[position] = 1
      return weights
    }
  }

  var movedLeaves: [Int] {
    switch line {
    case .element(let leaf, _): [leaf]
    case .direction(let direction): Array(direction.indices)
    }
  }

  /// The slope of every output, from steps of at most 2^limit if one is given.
  func find(limit: Int? = nil) -> [Slope] {
    var search = StepSearch(
      start: Swift.min(range.start, limit ?? .max), lowest: range.lowest, highest: limit ?? range.highest,
      targets: targets, power: 2)
    search.run(central)
    var slopes = search.best
    guard let trouble = search.trouble, !search.isSatisfied else { return slopes }
    let sides = [(1.0, search.rightWasClean), (-1.0, search.leftWasClean)].filter(\.1).map(\.0)
    for side in sides {
      let other = oneSided(side, reference: nil)
      for output in slopes.indices where other[output].isBetter(than: slopes[output]) {
        slopes[output] = other[output]
        slopes[output].note =
          trouble.notFinite
          ? "one-sided stencil: not finite on the \(side > 0 ? "left" : "right")"
          : "one-sided stencil: another branch on the \(side > 0 ? "left" : "right")"
      }
    }
    if trouble.flip != nil, slopes.contains(where: { $0.bar.isInfinite }) { return kinks(trouble.flip, slopes) }
    return slopes
  }

  private func central(_ h: Double) -> Difference {
    let right = sample(h), left = sample(-h)
    var trouble = Difference.Trouble()
    trouble.notFinite = !right.isFinite || !left.isFinite
    trouble.right = !right.isFinite || right.flip != nil
    trouble.left = !left.isFinite || left.flip != nil
    trouble.flip = right.flip ?? left.flip
    if trouble.left || trouble.right { return .trouble(trouble) }
    var slopes: [Double] = [], bounds: [Double] = []
    for output in noises.indices {
      let (a, b) = (right.values[output], left.values[output])
      slopes.append(a / (2 * h) - b / (2 * h))
      bounds.append((noises[output] + RoundoffBound.unit * Swift.max(a.magnitude, b.magnitude)) / h)
    }
    return .slopes(slopes.allSatisfy(\.isFinite) ? exact(slopes, right, left, h) : slopes, noises: bounds)
  }

  /// (a − b)/2h with the subtraction first, which is exact for close values; the divided form above shows overflow.
  private func exact(
    _ slopes: [Double], _ right: PerturbedEvaluation.Sample, _ left: PerturbedEvaluation.Sample, _ h: Double
  ) -> [Double] {
    slopes.indices.map { output in
      let difference = (right.values[output] - left.values[output]) / 2 / h
      return difference.isFinite ? difference : slopes[output]
    }
  }

  /// Slopes from one side only: right for +1, left for −1.
  func oneSided(_ side: Double, reference: [Int32: [Double]]?) -> [Slope] {
    var search = StepSearch(
      start: range.start, lowest: range.lowest, highest: range.highest, targets: targets, power: 1)
    search.run { h in
      let there = sample(side * h, reference: reference)
      guard there.isFinite, there.flip == nil else {
        return .trouble(.init(left: side < 0, right: side > 0, notFinite: !there.isFinite, flip: there.flip))
      }
      let slopes = noises.indices.map { side * ((there.values[$0] - evaluation.base[$0]) / h) }
      let bounds = noises.indices.map {
        2 * (noises[$0] + RoundoffBound.unit * Swift.max(there.values[$0].magnitude, evaluation.base[$0].magnitude)) / h
      }
      return .slopes(slopes, noises: bounds)
    }
    return search.best.map { slope in
      var slope = slope
      slope.stencil = side > 0 ? .right : .left
      return slope
    }
  }

  /// The slopes on both sides of a point at which a branch changes.
  func kinks(_ flip: PerturbedEvaluation.Flip?, _ slopes: [Slope]) -> [Slope] {
    let near = Double(sign: .plus, exponent: Swift.max(range.lowest, range.start - 24), significand: 1)
    func side(_ sign: Double) -> [Slope] {
      _ = sample(sign * near)
      return oneSided(sign, reference: flip == nil ? nil : evaluation.presentBranches(leaves: movedLeaves))
    }
    let right = side(1), left = side(-1)
    return slopes.indices.map { output in
      var slope = slopes[output]
      guard slope.bar.isInfinite || flip == nil else { return slope }
      let (l, r) = (left[output], right[output])
      let isSmooth =
        l.value.isFinite && r.value.isFinite && jump(-1, output) == nil && jump(1, output) == nil
        && (l.value - r.value).magnitude <= l.bar + r.bar + 1e-7 * Swift.max(l.value.magnitude, r.value.magnitude)
      if isSmooth {
        slope = l.bar < r.bar ? l : r
        slope.bar = Swift.max(l.bar, r.bar)
        slope.note = "a branch changes here, with equal slopes on both sides"
      } else if l.value.isNaN, r.value.isNaN {
        slope.note = "a branch changes within every step tried, on both sides"
      } else {
        (slope.value, slope.bar) = (0.5 * (l.value + r.value), (l.value - r.value).magnitude)
        slope.kink = (l.value, r.value, l.bar, r.bar, flip)
      }
      return slope
    }
  }

  /// How far the output is from its value here just beside the point: not 0 at a jump.
  func jump(_ side: Double, _ output: Int) -> Double? {
    let near = Double(sign: .plus, exponent: Swift.max(range.lowest, range.start - 20), significand: 1)
    let far = sample(side * near * 1024), close = sample(side * near)
    guard far.isFinite, close.isFinite else { return nil }
    let (a, b) = (far.values[output] - evaluation.base[output], close.values[output] - evaluation.base[output])
    return b.magnitude > 16 * noises[output] && b.magnitude > 0.5 * a.magnitude ? b : nil
  }
}
