import ChainRuleCore

/// What lies below the stencil that decided: features narrower than its steps, and noise.
///
/// A stencil tells nothing about what happens within its smallest step. So the output is looked at once in a while on
/// the way down to the point: where f(x + s) leaves the line f(x) + s·slope by more than the curvature that the stencil
/// saw, there is something: noise, which is measured; a narrow feature, which smaller steps resolve; or a kink.
extension LineSlopes {
  /// The slopes of all outputs by the best steps, with what lies below these steps looked at.
  mutating func find() -> [Slope] {
    var slopes = search()
    let still = findSteps(&slopes)
    measureNoiseOfUndecided(&slopes, but: still)
    let wide = slopes
    var isSuspicious = [Bool](repeating: false, count: slopes.count)
    for _ in 0..<12 {
      let departures = departures(from: slopes)
      guard let widest = departures.compactMap({ $0?.step }).max() else { break }
      for output in slopes.indices where departures[output] != nil { isSuspicious[output] = true }
      let narrower = narrower(than: slopes, departures, widest)
      for output in slopes.indices {
        if let found = narrower[output] { slopes[output] = found }
      }
      let open = slopes.indices.map { departures[$0] != nil && narrower[$0] == nil }
      guard open.contains(true) else { continue }
      if take(measured: measuredNoise(below: widest), where: open) {
        let other = search()
        for output in slopes.indices where open[output] { slopes[output] = other[output] }
      } else {
        for output in slopes.indices where open[output] {
          if let departure = departures[output] { slopes[output] = unresolved(slopes[output], departure) }
        }
      }
    }
    for output in slopes.indices where isSuspicious[output] && slopes[output].kink == nil {
      slopes[output] = reconciled(slopes[output], wide[output], output)
    }
    addScales(&slopes)
    return slopes
  }

  /// A staircase (floor, a sign, a coarse rounding) has slope 0 where it stands still over 1/256 of the point, more than
  /// any number format rounds: what it does at a distance is no slope here. Narrower steps than that are noise.
  /// Gives the outputs that stand still.
  private func findSteps(_ slopes: inout [Slope]) -> Set<Int> {
    let first = Double(sign: .plus, exponent: range.start, significand: 1.5)
    let open = slopes.indices.filter { output in
      let slope = slopes[output]
      let isGood = slope.bar <= StepSearch.accuracy * Swift.max(targets[output], slope.value.magnitude)
      if slope.isFlat { return slope.step < first / 8 }
      return slope.kink == nil && !(isGood && slope.step <= first)
    }
    guard !open.isEmpty else { return [] }
    let limit = range.start - 5, t = exact(steps.step(0, exponent: limit, for: .features))
    let beside = [sample(t), sample(-t)]
    guard beside.allSatisfy({ $0.isFinite && $0.flip == nil }) else { return [] }
    let still = open.filter { output in beside.allSatisfy { $0.values[output] == evaluation.base[output] } }
    guard !still.isEmpty else { return [] }
    let near = search(limit: limit)
    var found: Set<Int> = []
    for output in still where near[output].isFlat {
      let size = Swift.max(targets[output], slopes[output].value.isFinite ? slopes[output].value.magnitude : 0)
      guard near[output].bar <= 1e-3 * size || (size == 0 && slopes[output].isFlat) else { continue }
      slopes[output] = near[output]
      found.insert(output)
    }
    return found
  }

  /// Outputs for which the search found no digits may have noise that no primitive told: below it they seem flat.
  private mutating func measureNoiseOfUndecided(_ slopes: inout [Slope], but still: Set<Int>) {
    let open = slopes.indices.map { output in
      let slope = slopes[output]
      return !still.contains(output) && slope.kink == nil && slope.bar.isFinite && slope.step > 0
        && slope.bar >= 1e-3 * slope.value.magnitude && !(slope.isFlat && slope.step >= 1)
    }
    guard open.contains(true) else { return }
    let measured = measuredNoise(below: Double(sign: .plus, exponent: range.start, significand: 1))
    guard take(measured: measured, where: open) else { return }
    let other = search()
    for output in slopes.indices where open[output] { slopes[output] = other[output] }
  }

  /// Where smaller steps say what the wide ones said although the chords do not, two slopes may have that mean.
  private func reconciled(_ narrow: Slope, _ wide: Slope, _ output: Int) -> Slope {
    if !narrow.isUnresolved, (narrow.value - wide.value).magnitude > narrow.bar + wide.bar { return narrow }
    var slope = narrow
    if let kink = unannouncedKink(output) {
      (slope.value, slope.bar, slope.kink) = (0.5 * (kink.left + kink.right), (kink.left - kink.right).magnitude, kink)
      slope.note = ""
      return slope
    }
    return narrow.isUnresolved || narrow.isFlat || narrow.bar <= wide.bar ? narrow : wide
  }

  /// Around 0 a slope of 0 has no size of its own.
  private func addScales(_ slopes: inout [Slope]) {
    guard case .element(let leaf, let position) = line, evaluation.points[leaf][position] == 0 else { return }
    for output in slopes.indices where !slopes[output].isFlat && slopes[output].value.magnitude <= slopes[output].bar {
      slopes[output].scale = chord(output)
    }
  }

  /// What steps below the widest departure find, where it explains the departure: a kink, or a slope that noise does not
  /// contradict.
  private func narrower(than slopes: [Slope], _ departures: [Departure?], _ widest: Double) -> [Slope?] {
    var result = [Slope?](repeating: nil, count: slopes.count)
    var noise: [Double]?
    for number in 0..<6 where zip(result, departures).contains(where: { $0 == nil && $1 != nil }) {
      let limit = Int(widest.exponent) - 5 * number
      guard limit > range.lowest else { break }
      let found = search(limit: limit)
      for (output, departure) in departures.enumerated() where result[output] == nil {
        guard let departure else { continue }
        let slope = found[output]
        if slope.kink != nil { result[output] = slope }
        guard slope.bar <= departure.size / 8 else { continue }
        // A plateau between two roundings is flat without being the slope: noise is looked for above it, else below.
        let isPlateau = slope.value.magnitude + slope.bar < 0.5 * slopes[output].value.magnitude
        let measured: Double
        if isPlateau {
          noise = noise ?? measuredNoise(below: Swift.max(widest, slopes[output].step))
          measured = noise.map { $0[output] } ?? 0
          if measured > 2 * noises[output], departure.size * departure.step < 4 * measured { continue }
        } else {
          measured = measuredNoise(below: slope.step)[output]
          let bar = 2 * measured / slope.step
          if measured > 2 * noises[output], bar > Swift.max(slope.bar, departure.size / 8) { continue }
        }
        result[output] = slope
      }
    }
    return result
  }

  /// A step at which the output is not where the slope says, and by how much the slope of the chord differs.
  private struct Departure { let step: Double, size: Double }

  /// The first departure of each output below its steps.
  private func departures(from slopes: [Slope]) -> [Departure?] {
    var result = [Departure?](repeating: nil, count: slopes.count)
    func isOpen(_ slope: Slope) -> Bool {
      slope.bar.isFinite && slope.kink == nil && slope.step > 0 && !slope.isUnresolved
    }
    let widest = slopes.lazy.filter(isOpen).map(\.step).max() ?? 0
    guard widest > 0, widest.isFinite else { return result }
    let isLeft = slopes.allSatisfy { $0.stencil == .left }, isRight = slopes.allSatisfy { $0.stencil == .right }
    var number = 0
    // A step of 2^-80 of the point's is below every rounding, and small powers of it do not underflow.
    let top = Swift.min(Int(widest.exponent) - 1, range.start + 3)
    for exponent in stride(from: top, through: Swift.max(range.lowest, top - 80), by: -5) {
      number += 1
      let s = exact(steps.step(0, exponent: exponent, for: .features))
      let side: Double = isRight ? 1 : isLeft || number.isMultiple(of: 2) ? -1 : 1
      let there = sample(side * s)
      guard there.isFinite, there.flip == nil else { continue }
      for (output, slope) in slopes.enumerated() where result[output] == nil && isOpen(slope) && s < 0.5 * slope.step {
        if slope.stencil != .central, (slope.stencil == .right) != (side > 0) { continue }
        let chord = side * ((there.values[output] - evaluation.base[output]) / s)
        let size = (chord - slope.value).magnitude
        let curvature = slope.first.bend + (slope.first.difference - slope.value).magnitude
        let rounding = 2 * noise(output, at: there.values[output]) / s
        if size > slope.bar + 4 * (rounding + curvature * (s / slope.first.step)) {
          result[output] = Departure(step: s, size: size)
        }
      }
    }
    return result
  }

  /// The slope from one side, by steps below which the function does not leave it.
  private func resolvedSide(_ side: Double, _ output: Int) -> Slope {
    var slopes = oneSided(side, reference: nil)
    for _ in 0..<12 {
      for other in slopes.indices where other != output { slopes[other].bar = .infinity }
      guard let departure = departures(from: slopes)[output] else { break }
      slopes = oneSided(side, reference: nil, limit: Int(departure.step.exponent))
    }
    return slopes[output]
  }

  /// Takes over the noise that was measured, where it explains more than the bound; whether it did anywhere.
  private mutating func take(measured: [Double], where isConcerned: [Bool]) -> Bool {
    var isMore = false
    for output in noises.indices where isConcerned[output] && measured[output] > 2 * noises[output] {
      noises[output] = measured[output]
      isMore = true
    }
    return isMore
  }

  /// Neither noise nor smaller steps explain it.
  private func unresolved(_ slope: Slope, _ departure: Departure) -> Slope {
    var slope = slope
    slope.isFlat = false
    (slope.bar, slope.isUnresolved) = (Swift.max(slope.bar, departure.size), true)
    slope.note =
      "within \(Tensor.digits(departure.step)) of the point the function does something that no step resolves"
    return slope
  }

  /// The slopes from both sides where they are known and differ.
  func unannouncedKink(_ output: Int) -> TwoSlopes? {
    let right = resolvedSide(1, output), left = resolvedSide(-1, output)
    let gap = (right.value - left.value).magnitude
    guard gap.isFinite, gap > 4 * (right.bar + left.bar),
      gap > 1e-3 * Swift.max(right.value.magnitude, left.value.magnitude)
    else { return nil }
    return TwoSlopes(left: left.value, right: right.value, leftBar: left.bar, rightBar: right.bar, flip: nil)
  }
}
