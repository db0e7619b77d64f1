import ChainRuleCore

/// First derivatives of every output along one line through the point: t ↦ f(x + t·direction).
struct LineSlopes {
  let evaluation: PerturbedEvaluation
  /// The leaves' elements that move together: one element, or all of them along a direction.
  let line: Line
  /// Bounds of the outputs' round-off, and the sizes at which their slopes are told from zero.
  var noises: [Double]
  let targets: [Double]
  let steps: Steps

  enum Line {
    case element(leaf: Int, position: Int)
    case direction([[Double]])
  }

  init(_ evaluation: PerturbedEvaluation, _ line: Line, noises: [Double], targets: [Double]) {
    (self.evaluation, self.line, self.noises, self.targets) = (evaluation, line, noises, targets)
    switch line {
    case .element(let leaf, let position):
      steps = Steps(at: [evaluation.points[leaf][position], Double(leaf), Double(position)])
    case .direction(let direction): steps = Steps(at: direction.joined())
    }
  }

  /// The exponents of the steps to try.
  var range: (start: Int, lowest: Int, highest: Int) {
    switch line {
    case .direction: return (-3, -30, 0)
    case .element(let leaf, let position):
      let x = evaluation.points[leaf][position].magnitude
      // Below the smallest normal number differences lose their digits; a step must move x by several units.
      // Around 0, fourth powers of the steps must not underflow: a function is no longer itself there.
      if x == 0 { return (-3, -250, 1000) }
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

  /// Leaves the graph at x + t·direction, where other nodes are read.
  func move(to t: Double) { _ = sample(t) }

  /// A step near h that both sides can take.
  func exact(_ h: Double) -> Double {
    guard case .element(let leaf, let position) = line else { return h }
    return Steps.exact(h, from: evaluation.points[leaf][position])
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

  /// A bound for the round-off of one value of an output.
  func noise(_ output: Int, at value: Double) -> Double {
    noises[output] + RoundoffBound.unit * Swift.max(value.magnitude, evaluation.base[output].magnitude)
  }

  /// The slope of every output, from steps of at most 2^limit if one is given.
  func search(limit: Int? = nil) -> [Slope] {
    var (start, highest) = (range.start, range.highest)
    if let limit { (start, highest) = (Swift.min(start, limit), limit) }
    var search = StepSearch(
      start: start, lowest: range.lowest, highest: highest, targets: targets, power: 2, steps: steps)
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
    guard let flip = trouble.flip else { return slopes }
    if slopes.contains(where: { $0.bar.isInfinite }) { return kinks(flip, slopes) }
    return sides.count == 1 ? kinks(flip, slopes, beyond: -sides[0]) : slopes
  }

  private func central(_ nominal: Double) -> Difference {
    let h = exact(nominal), right = sample(h), left = sample(-h)
    var trouble = Difference.Trouble()
    trouble.notFinite = !right.isFinite || !left.isFinite
    trouble.right = !right.isFinite || right.flip != nil
    trouble.left = !left.isFinite || left.flip != nil
    trouble.flip = right.flip ?? left.flip
    if trouble.left || trouble.right { return .trouble(trouble) }
    var slopes: [Double] = [], bounds: [Double] = [], bends: [Double] = []
    for output in noises.indices {
      let (a, b, base) = (right.values[output], left.values[output], evaluation.base[output])
      // The subtraction first is exact for close values; the division first shows no overflow.
      let difference = (a - b) / 2 / h
      slopes.append(difference.isFinite ? difference : a / (2 * h) - b / (2 * h))
      let bend = ((a - base) / h - (base - b) / h).magnitude
      // Beyond |x| the two moved values are rounded themselves.
      let position = 0x1p-52 * (bend + slopes[output].magnitude)
      bounds.append(noise(output, at: Swift.max(a.magnitude, b.magnitude)) / h + (position.isFinite ? position : 0))
      bends.append(bend)
    }
    return .slopes(slopes, noises: bounds, bends: bends, step: h)
  }

  /// Slopes from one side only: right for +1, left for −1.
  func oneSided(_ side: Double, reference: [Int32: [Double]]?, limit: Int? = nil) -> [Slope] {
    var search = StepSearch(
      start: limit ?? range.start, lowest: range.lowest, highest: limit ?? range.highest, targets: targets, power: 1,
      steps: steps)
    search.run { nominal in
      let h = exact(nominal), there = sample(side * h, reference: reference)
      guard there.isFinite, there.flip == nil else {
        return .trouble(.init(left: side < 0, right: side > 0, notFinite: !there.isFinite, flip: there.flip))
      }
      let slopes = noises.indices.map { side * ((there.values[$0] - evaluation.base[$0]) / h) }
      let bounds = noises.indices.map { 2 * noise($0, at: there.values[$0]) / h }
      return .slopes(slopes, noises: bounds, bends: slopes.map { _ in 0 }, step: h)
    }
    return search.best.map { slope in
      var slope = slope
      slope.stencil = side > 0 ? .right : .left
      return slope
    }
  }
}
