import ChainRuleCore

/// A disagreement that is not confirmed yet.
struct UnconfirmedDisagreement {
  let entry: Int, row: Int
  let line: LineSlopes
  let slope: Slope
  let side: Derivative
}

/// Before two numbers are said to disagree, three innocent reasons are ruled out:
/// 1. the gradient's own rounding, by the same running error analysis on the gradient's nodes;
/// 2. a kink that no primitive announced: the slopes from the left and from the right differ;
/// 3. a function that the stencil cannot resolve (an oscillation faster than its steps). By the mean value theorem a
///    difference D(h) lies between the slopes inside its stencil, so a disagreement counts only at a step at which the
///    claimed gradient is almost a straight line and D(h) is still elsewhere.
extension GradientCheck {
  func settle(_ unconfirmed: [UnconfirmedDisagreement]) throws {
    for row in Set(unconfirmed.map(\.row)).sorted() {
      evaluation.restore()
      try graph.scope { () throws -> Void in
        let pass = pass(row)
        for pending in unconfirmed where pending.row == row { try settle(pending, pass) }
      }
    }
    evaluation.restore()
  }

  private func settle(_ pending: UnconfirmedDisagreement, _ pass: Gradients) throws {
    var entry = entries[pending.entry]
    defer { entries[pending.entry] = entry }
    let difference = (pending.side.autodiff - pending.slope.value).magnitude
    guard pending.side.autodiff.isFinite else {
      if let kink = unannouncedKink(pending) {
        (entry.verdict, entry.kink) = (.inconclusive, kink)
        return
      }
      entry.note = "autodiff gives \(pending.side.autodiff) where the function has a slope"
      return
    }
    if difference <= 1e-5 * pending.side.magnitude {
      evaluation.restore()
      let allowed = pending.slope.bar + pending.side.roundOff + roundOffOfGradient(pending, pass)
      if difference <= allowed {
        let size = Swift.max(pending.side.magnitude, pending.side.autodiff.magnitude)
        entry.verdict = allowed <= resolution * size ? .agree : .inconclusive
        entry.note = "within the rounding of the gradient's own formula (\(Tensor.digits(allowed)))"
        return
      }
    }
    if let kink = unannouncedKink(pending) {
      entry.verdict = .inconclusive
      entry.kink = kink
      return
    }
    if isConfirmed(pending, pass, difference) { return }
    if let note = mistakeAtThisPointAlone(pending, pass) {
      entry.note = note
      return
    }
    if try triesSmallerSteps(pending, pass, &entry) { return }
    if case .element(let leaf, let position) = pending.line.line {
      let relative = pending.side.autodiff * evaluation.points[leaf][position] / pending.side.value
      entry.condition = Swift.max(entry.condition, relative.magnitude)
    }
    entry.verdict = .inconclusive
    entry.note =
      "the function changes faster than any step that rounding allows (condition number "
      + "\(Tensor.digits(entry.condition)))"
  }

  /// An unconfirmed difference may come from a stencil that is too wide: the search starts again below it.
  private func triesSmallerSteps(
    _ pending: UnconfirmedDisagreement, _ pass: Gradients, _ entry: inout GradientReport.Entry
  ) throws -> Bool {
    var limit = Int(Swift.max(pending.slope.step, 0x1p-1000).exponent)
    for _ in 0..<8 {
      limit -= 6
      guard limit > pending.line.range.lowest else { return false }
      evaluation.restore()
      let slope = pending.line.find(limit: limit)[pending.row]
      let next = pending.side.entry(slope, entry.name, entry.output, resolution: resolution)
      if next.verdict == .agree {
        entry = next
        return true
      }
      if next.verdict == .disagree {
        let again = UnconfirmedDisagreement(
          entry: pending.entry, row: pending.row, line: pending.line, slope: slope, side: pending.side)
        if isConfirmed(again, pass, (pending.side.autodiff - slope.value).magnitude) {
          entry = next
          return true
        }
      }
    }
    return false
  }

  /// How far rounding moves the claimed derivative itself.
  private func roundOffOfGradient(_ pending: UnconfirmedDisagreement, _ pass: Gradients) -> Double {
    nodes.indices.reduce(0) { sum, leaf in
      guard let gradient = pass[nodes[leaf]], let weights = pending.line.weights(leaf) else { return sum }
      let noise = try? graph.scope { () throws -> Double in
        let upstream = gradient.shape.rank == 0 ? nil : graph.constant(Tensor(shape: gradient.shape, weights))
        let scale = gradient.shape.rank == 0 ? weights[0].magnitude : 1
        return try scale
          * RoundoffBound(graph.backward(from: gradient, upstream: upstream, wanted: nil), leaves: []).noise
      }
      return sum + (noise ?? 0)
    }
  }

  private func unannouncedKink(_ pending: UnconfirmedDisagreement) -> GradientReport.Kink? {
    let right = pending.line.oneSided(1, reference: nil)[pending.row]
    let left = pending.line.oneSided(-1, reference: nil)[pending.row]
    let gap = (right.value - left.value).magnitude
    guard gap.isFinite, gap > 4 * (right.bar + left.bar),
      gap > 1e-3 * Swift.max(right.value.magnitude, left.value.magnitude)
    else {
      return nil
    }
    let (low, high) = (Swift.min(left.value, right.value), Swift.max(left.value, right.value))
    let isOutside =
      pending.side.autodiff < low - left.bar - right.bar || pending.side.autodiff > high + left.bar + right.bar
    if isOutside { return nil }  // NaN is neither inside nor outside: a kink all the same
    return .init(
      node: "", primitive: "", inputs: "", left: left.value, right: right.value, convention: pending.side.autodiff)
  }

  /// A gradient that is wrong at this very number only (a tie, an exact zero) is no straight line over any stencil. It
  /// is confirmed where the claim leaps at the neighbouring numbers on both sides, to the slope that differences find.
  private func mistakeAtThisPointAlone(_ pending: UnconfirmedDisagreement, _ pass: Gradients) -> String? {
    guard case .element(let leaf, let position) = pending.line.line else { return nil }
    let x = evaluation.points[leaf][position], here = pending.side.autodiff
    let up = claim(pending, pass, at: x == 0 ? 0x1p-1000 : x.nextUp - x)
    let down = claim(pending, pass, at: x == 0 ? -0x1p-1000 : x.nextDown - x)
    let right = pending.line.oneSided(1, reference: nil)[pending.row]
    let left = pending.line.oneSided(-1, reference: nil)[pending.row]
    let outside = Swift.max(
      Swift.min(left.value, right.value) - here, here - Swift.max(left.value, right.value))
    let leaps = [up, down].allSatisfy { ($0 - here).magnitude >= outside / 2 }
    func fits(_ claim: Double, _ slope: Slope) -> Bool {
      (claim - slope.value).magnitude <= slope.bar + 1e-6 * slope.value.magnitude
    }
    guard outside > 0, left.bar + right.bar <= 1e-3 * outside, leaps, fits(up, right) || fits(down, left) else {
      return nil
    }
    return "at this point alone: just beside it autodiff gives \(Tensor.digits(down)) and \(Tensor.digits(up))"
  }

  private func isConfirmed(_ pending: UnconfirmedDisagreement, _ pass: Gradients, _ difference: Double) -> Bool {
    let line = pending.line
    let sides: [Double] = pending.slope.stencil == .central ? [1, -1] : pending.slope.stencil == .right ? [1] : [-1]
    var exponent = pending.slope.step > 0 ? Int(pending.slope.step.exponent) + 3 : line.range.start
    var confirmations = 0
    while exponent >= line.range.lowest, confirmations < 2 {
      let h = Double(sign: .plus, exponent: exponent, significand: 1)
      exponent -= 2
      let noise = 2 * (line.noises[pending.row] + RoundoffBound.rounding(of: evaluation.base[pending.row])) / h
      if noise > difference / 8 { break }
      guard let measured = plainDifference(line, sides, h, pending.row) else { continue }
      let isStill = (measured - pending.side.autodiff).magnitude >= difference / 2
      let isStraight = bend(pending, pass, sides, h) <= difference / 8
      confirmations = isStill && isStraight ? confirmations + 1 : 0
    }
    return confirmations == 2
  }

  /// How far the claimed gradient is from a straight line over the stencil.
  private func bend(_ pending: UnconfirmedDisagreement, _ pass: Gradients, _ sides: [Double], _ h: Double) -> Double {
    let here = pending.side.autodiff
    let ends = sides.map { claim(pending, pass, at: $0 * h) }
    let slope = sides.count == 2 ? (ends[0] - ends[1]) / 2 : sides[0] * (ends[0] - here)
    var worst = 0.0
    for part in [1.0, 0.5, 0.3125] {
      for (side, end) in zip(sides, ends) {
        let claimed = part == 1 ? end : claim(pending, pass, at: side * part * h)
        let distance = (claimed - here - side * part * slope).magnitude
        worst = distance.isNaN ? .infinity : Swift.max(worst, distance)
      }
    }
    return worst
  }

  private func plainDifference(_ line: LineSlopes, _ sides: [Double], _ h: Double, _ row: Int) -> Double? {
    let samples = sides.map { line.sample($0 * h) }
    guard samples.allSatisfy({ $0.isFinite && $0.flip == nil }) else { return nil }
    if samples.count == 2 { return (samples[0].values[row] - samples[1].values[row]) / 2 / h }
    return sides[0] * (samples[0].values[row] - evaluation.base[row]) / h
  }

  /// The claimed derivative at a point of the line.
  private func claim(_ pending: UnconfirmedDisagreement, _ pass: Gradients, at t: Double) -> Double {
    _ = pending.line.sample(t)
    return nodes.indices.reduce(0) { sum, leaf in
      guard let gradient = pass[nodes[leaf]] else { return sum }
      guard let value = try? gradient.value() else { return .nan }
      switch pending.line.line {
      case .element(let moved, let position): return moved == leaf ? sum + value.element(position) : sum
      case .direction(let direction): return sum + zip(value.scalars, direction[leaf]).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
  }
}
