import ChainRuleCore

/// Points at which a branch changes.
extension LineSlopes {
  /// The slopes on both sides of a point at which a branch changes.
  func kinks(_ flip: PerturbedEvaluation.Flip?, _ slopes: [Slope]) -> [Slope] {
    let right = beyond(1), left = beyond(-1)
    return slopes.indices.map { output in
      var slope = slopes[output]
      guard slope.bar.isInfinite || flip == nil else { return slope }
      let (l, r) = (left[output], right[output])
      let isSmooth =
        l.value.isFinite && r.value.isFinite && jump(-1, output) == nil && jump(1, output) == nil
        && (l.value - r.value).magnitude <= l.bar + r.bar + 1e-7 * Swift.max(l.value.magnitude, r.value.magnitude)
        || vanish(l, r, beside: chord(output))
      if isSmooth {
        let vanishes = vanish(l, r, beside: chord(output))
        slope = l.bar < r.bar ? l : r
        slope.bar = vanishes ? Swift.max(l.value.magnitude + l.bar, r.value.magnitude + r.bar) : Swift.max(l.bar, r.bar)
        if vanishes { slope.value = 0 }
        slope.note = "a branch changes here, with equal slopes on both sides"
        slope.scale = chord(output)
      } else if l.value.isNaN, r.value.isNaN {
        slope.note = "a branch changes within every step tried, on both sides"
      } else {
        (slope.value, slope.bar) = (0.5 * (l.value + r.value), (l.value - r.value).magnitude)
        slope.kink = TwoSlopes(left: l.value, right: r.value, leftBar: l.bar, rightBar: r.bar, flip: flip)
      }
      return slope
    }
  }

  /// The slope on one side of the point, with the branches that are taken just beside it.
  private func beyond(_ side: Double) -> [Slope] {
    move(to: side * nearest)
    return oneSided(side, reference: evaluation.presentBranches(leaves: movedLeaves))
  }

  /// The slope on one side: on the own branch, or where that ends here, on the one beside it.
  func side(_ side: Double) -> [Slope] {
    let own = oneSided(side, reference: nil)
    return own.contains { $0.bar.isInfinite } ? beyond(side) : own
  }

  /// A step so small that no other branch should begin within it.
  private var nearest: Double {
    Double(sign: .plus, exponent: Swift.max(range.lowest, range.start - 200), significand: 1)
  }

  /// The slopes of which one was found on the own branch, where the point itself is the border to another branch on the
  /// other side: a kink if the slope there differs.
  func kinks(_ flip: PerturbedEvaluation.Flip, _ slopes: [Slope], beyond side: Double) -> [Slope] {
    guard sample(side * nearest).flip != nil else { return slopes }
    let other = beyond(side)
    return slopes.indices.map { output in
      var slope = slopes[output]
      let (own, beyond) = (slope, other[output])
      guard own.stencil == (side > 0 ? .left : .right), own.bar.isFinite else { return slope }
      let gap = (own.value - beyond.value).magnitude
      let isEqual = gap <= own.bar + beyond.bar + 1e-7 * Swift.max(own.value.magnitude, beyond.value.magnitude)
      if isEqual, jump(side, output) == nil { return slope }
      let (l, r) = side > 0 ? (own, beyond) : (beyond, own)
      (slope.value, slope.bar, slope.note) = (0.5 * (l.value + r.value), (l.value - r.value).magnitude, "")
      slope.kink = TwoSlopes(left: l.value, right: r.value, leftBar: l.bar, rightBar: r.bar, flip: flip)
      return slope
    }
  }

  /// Slopes that fall with the step down to nothing, as those of |x|^1.5 at 0 do, are no kink: both are 0.
  private func vanish(_ left: Slope, _ right: Slope, beside chord: Double) -> Bool {
    let largest = Swift.max(left.value.magnitude + left.bar, right.value.magnitude + right.bar)
    return largest <= 1e-12 * chord
  }

  /// The larger slope of the two chords over the first step: the function's own scale around a point of slope 0.
  func chord(_ output: Int) -> Double {
    let h = exact(steps.step(0, exponent: range.start))
    let chords = [h, -h].map { t in
      let there = sample(t)
      return there.isFinite ? ((there.values[output] - evaluation.base[output]) / h).magnitude : 0
    }
    return Swift.max(chords[0], chords[1])
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
