import ChainRuleCore

extension UnconfirmedDisagreement {
  /// Whether neither slope would show in the output over 32 times the size of the input: it is flat for all that one
  /// knows, and farther away it is another function.
  var isBelowRounding: Bool {
    let distance = Double(sign: .plus, exponent: line.range.start + 8, significand: 1)
    return Swift.max(side.autodiff.magnitude, slope.value.magnitude) * distance < line.noises[row]
  }

  /// How far on both sides the function stands still, as is claimed, where the slope would move it visibly: farther than
  /// a number of single precision reaches.
  var stepOfStaircase: Double? {
    let t = line.exact(Double(sign: .plus, exponent: line.range.start - 20, significand: 1))
    let base = line.evaluation.base[row], rounding = RoundoffBound.rounding(of: base)
    guard side.autodiff.magnitude * t <= rounding, slope.value.magnitude * t >= 4 * rounding else { return nil }
    let beside = [line.sample(t), line.sample(-t)]
    return beside.allSatisfy { $0.isFinite && $0.values[row] == base } ? t : nil
  }

  /// Differences at nine steps agree to six digits, and the claim is a thousand bars away: noise that explained it would
  /// have scattered them. (What stands still agrees with itself whatever rounds.)
  private var isAboveNoise: Bool {
    !slope.isFlat && slope.bar <= 1e-6 * slope.value.magnitude && difference >= 1e3 * slope.bar
  }

  /// Measures the function's noise below the stencil that decided; whether there is more than was assumed. The slope is
  /// then found again, by steps above the noise.
  mutating func measureNoise() -> Bool {
    guard !slope.isUnresolved, !isAboveNoise else { return false }
    let measured = line.measuredNoise(below: slope.step)[row]
    guard measured > 2 * line.noises[row] else { return false }
    line.noises[row] = measured
    side.noise = measured
    slope = line.find()[row]
    if slope.note.isEmpty { slope.note = "values of the function scatter by \(Tensor.digits(measured))" }
    return true
  }

  /// Whether differences at two steps of their own contradict the mean of what is claimed over the same stencils.
  func isConfirmed(_ claim: LineClaim) -> Bool {
    let sides: [Double] = slope.stencil == .central ? [1, -1] : slope.stencil == .right ? [1] : [-1]
    var exponent = slope.step > 0 ? Int(slope.step.exponent) + 3 : line.range.start
    var confirmations = 0
    while exponent >= line.range.lowest, confirmations < 2 {
      let h = line.exact(line.steps.step(0, exponent: exponent, for: .confirmation))
      exponent -= 2
      if 2 * line.noise(row, at: line.evaluation.base[row]) / h > difference / 8 { break }
      guard let measured = chord(sides, h) else { continue }
      let mean = sides.reduce(0.0) { $0 + Self.mean(claim, over: $1 * h, within: difference / 8) }
      let isElsewhere = (measured - mean / Double(sides.count)).magnitude >= difference / 2
      confirmations = isElsewhere ? confirmations + 1 : 0
    }
    return confirmations == 2
  }

  /// Nodes and weights of the quadratures by Gauss and Legendre with 5 and 8 nodes, for the right half of [−1, 1].
  private static let five = [
    (0, 0.568_888_888_888_888_9), (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
    (0.906_179_845_938_664, 0.236_926_885_056_189_1),
  ]
  private static let eight = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362), (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5), (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
  ]

  /// The mean of the claim over [0, t]; NaN where two quadratures differ by more than is allowed.
  private static func mean(_ claim: LineClaim, over t: Double, within allowed: Double) -> Double {
    func mean(_ nodes: [(Double, Double)]) -> Double {
      nodes.reduce(0) { sum, node in
        let (place, weight) = node
        let right = claim.at(0.5 * t * (1 + place)), left = place == 0 ? 0 : claim.at(0.5 * t * (1 - place))
        return sum + 0.5 * weight * (right + left)
      }
    }
    let (rough, fine) = (mean(five), mean(eight))
    return (rough - fine).magnitude <= allowed ? fine : .nan
  }

  /// The plain difference over one step; `nil` where the function is not finite there or takes another branch.
  private func chord(_ sides: [Double], _ h: Double) -> Double? {
    let samples = sides.map { line.sample($0 * h) }
    guard samples.allSatisfy({ $0.isFinite && $0.flip == nil }) else { return nil }
    if samples.count == 2 { return (samples[0].values[row] - samples[1].values[row]) / 2 / h }
    return sides[0] * (samples[0].values[row] - line.evaluation.base[row]) / h
  }

  /// A gradient that is wrong at this very number only (a tie, an exact zero) has the right mean over any stencil. It
  /// is confirmed where, at neighbouring numbers on both sides at which the function has not left its slope, the claim
  /// leaps to the slope that differences find.
  func mistakeAtThisPointAlone(_ claim: LineClaim) -> String? {
    guard case .element(let leaf, let position) = line.line else { return nil }
    let right = line.side(1)[row], left = line.side(-1)[row]
    let here = side.autodiff
    let outside = Swift.max(Swift.min(left.value, right.value) - here, here - Swift.max(left.value, right.value))
    guard outside > 0, left.bar + right.bar <= 1e-3 * outside else { return nil }
    func fits(_ claim: Double, _ slope: Slope) -> Bool {
      (claim - slope.value).magnitude <= slope.bar + 1e-6 * slope.value.magnitude
    }
    for t in Self.neighbours(of: line.evaluation.points[leaf][position]) {
      let (up, down) = (claim.at(t), claim.at(-t))
      let leaps = [up, down].allSatisfy { ($0 - here).magnitude >= outside / 2 }
      guard leaps, fits(up, right) || fits(down, left) else { continue }
      guard stays(on: right, at: t), stays(on: left, at: -t) else { continue }
      return "at this point alone: just beside it autodiff gives \(Tensor.digits(down)) and \(Tensor.digits(up))"
    }
    return nil
  }

  /// Distances to numbers beside x, from the next one up to those at which small powers do not underflow.
  private static func neighbours(of x: Double) -> [Double] {
    if x == 0 { return [0x1p-1000, 0x1p-300, 0x1p-100, 0x1p-40] }
    return [x.magnitude.ulp, 0x1p8 * x.magnitude.ulp, 0x1p20 * x.magnitude.ulp]
  }

  private func stays(on slope: Slope, at t: Double) -> Bool {
    let there = line.sample(t)
    guard there.isFinite else { return false }
    let departure = (there.values[row] - line.evaluation.base[row] - slope.value * t).magnitude
    // The bound of the noise would hide that the function leaps between neighbouring numbers.
    return departure <= 8 * RoundoffBound.rounding(of: there.values[row]) + slope.bar * t.magnitude
  }
}
