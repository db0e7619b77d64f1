import ChainRuleCore

/// Points at which the slope has no bound: √x, x ln x and xˣ at 0, ∛(x − 1) at 1, and 0ˣ at 0, which jumps.
extension LineSlopes {
  /// Infinite slopes on one side or both, NaN on a side where the function has no values; `nil` where the chords do not
  /// grow without end on either.
  func unboundedSlopes(_ output: Int) -> (left: Double, right: Double)? {
    let right = slopeWithoutBound(1, output), left = slopeWithoutBound(-1, output)
    return right == nil && left == nil ? nil : (left ?? finite(-1, output), right ?? finite(1, output))
  }

  private func finite(_ side: Double, _ output: Int) -> Double { oneSided(side, reference: nil)[output].value }

  /// From step to step, each of them 1/256 of the one before, the chord must grow by no less than before: that of x ln x
  /// grows by equal amounts, that of √x by larger ones, and that of any function with a slope by less and less.
  private func slopeWithoutBound(_ side: Double, _ output: Int) -> Double? {
    let top = range.start - 5
    var chords: [Double] = [], growth = 0.0
    for exponent in Array(stride(from: top, to: range.lowest, by: -8)) + [range.lowest] {
      let h = exact(steps.step(0, exponent: exponent, for: .features)), there = sample(side * h)
      guard h > 0, there.isFinite else { return nil }
      let chord = side * ((there.values[output] - evaluation.base[output]) / h)
      guard chord.isFinite else { break }
      let rounding = 4 * noise(output, at: there.values[output]) / h
      if let last = chords.last {
        let gained = (chord - last) * (last < 0 ? -1 : 1)
        if 4 * rounding > gained.magnitude, chords.count > 3 { break }
        // The last step is a shorter one.
        let share = exponent == range.lowest ? 0 : 0.9
        guard gained > rounding, gained >= share * growth - rounding else { return nil }
        if share > 0 { growth = gained }
      }
      chords.append(chord)
    }
    guard let first = chords.first, let last = chords.last, chords.count > 3,
      last.magnitude >= 2 * first.magnitude
    else { return nil }
    return last < 0 ? -.infinity : .infinity
  }
}

extension GradientCheck {
  /// What is left undecided may have a slope without bound: then there is no derivative to agree with.
  func findUnboundedSlopes(_ open: [(entry: Int, row: Int, line: LineSlopes)]) {
    for (number, row, line) in open where entries[number].verdict == .inconclusive && entries[number].kink == nil {
      evaluation.restore()
      guard let (left, right) = line.unboundedSlopes(row) else { continue }
      entries[number].kink = .unannounced(left: left, right: right, convention: entries[number].autodiff)
      (entries[number].numeric, entries[number].error, entries[number].relativeError) = (.nan, .infinity, .nan)
      (entries[number].note, entries[number].stencil) = ("", .central)
    }
    evaluation.restore()
  }
}
