import ChainRuleCore

/// A disagreement that is not confirmed yet.
struct UnconfirmedDisagreement {
  let entry: Int, row: Int
  var line: LineSlopes
  var slope: Slope
  var side: Derivative

  var difference: Double { (side.autodiff - slope.value).magnitude }
}

/// What autodiff claims along a line, at the point and beside it.
struct LineClaim {
  /// The claimed derivative at x + t·direction; NaN where it has no value.
  let at: (Double) -> Double
  /// A bound for the rounding of the claimed derivative, by the formula that computes it.
  let rounding: () throws -> Double
}

extension Node {
  /// The value where the leaves are now; NaN, which says nothing, where a primitive refuses to compute it.
  var numberOrNaN: Double { (try? scalar()) ?? .nan }
}

extension PerturbedEvaluation {
  /// Leaves the graph at moved elements, where other nodes are read.
  func move(_ moves: [Move]) { _ = sample(moves) }
}

/// Before two numbers are said to disagree, four innocent reasons are ruled out:
/// 1. noise of the function that its primitives do not tell: it is measured, and no step is chosen below it;
/// 2. the gradient's own rounding, by the same running error analysis on the gradient's nodes;
/// 3. a kink that no primitive announced: the slopes from the left and from the right differ;
/// 4. a function that the stencil cannot resolve (an oscillation faster than its steps). The difference D(h) is the
///    mean of the true derivative over the stencil, so a disagreement counts only at steps, none of which served the
///    search, at which the mean of the claimed derivative is known by two quadratures and D(h) is elsewhere.
extension GradientCheck {
  func settle(_ unconfirmed: [UnconfirmedDisagreement]) throws {
    for row in Set(unconfirmed.map(\.row)).sorted() {
      evaluation.restore()
      try graph.scope { () throws -> Void in
        let pass = pass(row)
        for pending in unconfirmed where pending.row == row {
          let claim = LineClaim(
            at: { self.claimed(pending.line, pass, at: $0) },
            rounding: { try self.rounding(of: pass, along: pending.line) })
          entries[pending.entry] = try settled(pending, claim, entries[pending.entry])
        }
      }
    }
    evaluation.restore()
  }

  /// The entry that is left when every innocent reason was looked for.
  func settled(
    _ suspected: UnconfirmedDisagreement, _ claim: LineClaim, _ first: GradientReport.Entry
  ) throws -> GradientReport.Entry {
    var pending = suspected, entry = first
    guard pending.side.autodiff.isFinite else { return notFinite(pending, entry) }
    if pending.isBelowRounding {
      entry.verdict = .inconclusive
      entry.note =
        "over many times the size of the input both slopes move the output by less than rounding does (condition number "
        + "\(Tensor.digits(entry.condition)))"
      return entry
    }
    if pending.measureNoise() {
      entry = pending.side.entry(
        pending.slope, entry.name, entry.output, order: entry.order, resolution: resolution(order: entry.order))
      if entry.verdict != .disagree { return entry }
    }
    if let rounded = withinRounding(pending, claim, entry) { return rounded }
    if let kink = pending.line.unannouncedKink(pending.row), kink.admits(pending.side.autodiff) {
      entry.verdict = .inconclusive
      entry.kink = kink.unannounced(convention: pending.side.autodiff)
      return entry
    }
    if let width = pending.stepOfStaircase {
      entry.verdict = .inconclusive
      entry.note =
        "within \(Tensor.digits(width)) of the point the function stands still, as is claimed, and over wider steps it "
        + "does not: a staircase, or noise; a smoother function would decide"
      return entry
    }
    if pending.isConfirmed(claim) { return entry }
    if let note = pending.mistakeAtThisPointAlone(claim) {
      entry.note = note
      return entry
    }
    if let other = trySmallerSteps(pending, claim, entry) { return other }
    return undecided(pending, entry)
  }

  private func notFinite(_ pending: UnconfirmedDisagreement, _ first: GradientReport.Entry) -> GradientReport.Entry {
    var entry = first
    if let kink = pending.line.unannouncedKink(pending.row) {
      (entry.verdict, entry.kink) = (.inconclusive, kink.unannounced(convention: pending.side.autodiff))
    } else {
      entry.note = "autodiff gives \(pending.side.autodiff) where the function has a slope"
    }
    return entry
  }

  /// A difference in the last digits that the gradient's own formula rounds away.
  private func withinRounding(
    _ pending: UnconfirmedDisagreement, _ claim: LineClaim, _ first: GradientReport.Entry
  ) -> GradientReport.Entry? {
    guard pending.difference <= 1e-5 * pending.side.magnitude else { return nil }
    pending.line.evaluation.restore()
    // What has no second derivative here tells nothing of its rounding.
    let allowed = pending.slope.bar + pending.side.roundOff + ((try? claim.rounding()) ?? 0)
    guard pending.difference <= allowed else { return nil }
    var entry = first
    entry.verdict = allowed <= resolution(order: entry.order) * pending.side.size ? .agree : .inconclusive
    entry.note = "within the rounding of the gradient's own formula (\(Tensor.digits(allowed)))"
    return entry
  }

  /// An unconfirmed difference may come from a stencil that is too wide: the search starts again below it.
  private func trySmallerSteps(
    _ pending: UnconfirmedDisagreement, _ claim: LineClaim, _ entry: GradientReport.Entry
  ) -> GradientReport.Entry? {
    var limit = Int(Swift.max(pending.slope.step, 0x1p-1000).exponent)
    for _ in 0..<8 {
      limit -= 6
      guard limit > pending.line.range.lowest else { return nil }
      pending.line.evaluation.restore()
      var next = pending
      next.slope = pending.line.search(limit: limit)[pending.row]
      let other = pending.side.entry(
        next.slope, entry.name, entry.output, order: entry.order, resolution: resolution(order: entry.order))
      // A wider bar alone explains nothing: the wider stencil must have been wrong.
      let excludes = (next.slope.value - pending.slope.value).magnitude > next.slope.bar + pending.slope.bar
      if other.verdict == .agree, excludes || next.slope.bar <= pending.slope.bar { return other }
      if other.verdict == .disagree, next.isConfirmed(claim) { return other }
      // Too near an edge for digits, and still the wider stencil is contradicted: its difference is none.
      let fits = next.difference <= next.slope.bar && next.slope.bar <= pending.difference / 8
      if other.verdict == .inconclusive, excludes, fits { return other }
    }
    return nil
  }

  private func undecided(_ pending: UnconfirmedDisagreement, _ first: GradientReport.Entry) -> GradientReport.Entry {
    var entry = first
    if case .element(let leaf, let position) = pending.line.line {
      let relative = pending.side.autodiff * pending.line.evaluation.points[leaf][position] / pending.side.value
      entry.condition = Swift.max(entry.condition, relative.magnitude)
    }
    entry.verdict = .inconclusive
    entry.note =
      "the function changes faster than any step that rounding allows (condition number "
      + "\(Tensor.digits(entry.condition))); a point nearby or a smoother function would decide"
    return entry
  }

  /// How far rounding moves the claimed derivative itself.
  private func rounding(of pass: Gradients, along line: LineSlopes) throws -> Double {
    try nodes.indices.reduce(0) { sum, leaf in
      guard let gradient = pass[nodes[leaf]], let weights = line.weights(leaf) else { return sum }
      return try graph.scope { () throws -> Double in
        let upstream = gradient.shape.rank == 0 ? nil : graph.constant(Tensor(shape: gradient.shape, weights))
        let scale = gradient.shape.rank == 0 ? weights[0].magnitude : 1
        let second = graph.backward(from: gradient, upstream: upstream, wanted: nil)
        return sum + scale * (try RoundoffBound(second, leaves: []).noise)
      }
    }
  }

  /// The claimed derivative at a point of the line.
  private func claimed(_ line: LineSlopes, _ pass: Gradients, at t: Double) -> Double {
    line.move(to: t)
    var sum = 0.0
    for leaf in nodes.indices {
      guard let gradient = pass[nodes[leaf]] else { continue }
      guard let value = try? gradient.value() else { return .nan }
      switch line.line {
      case .element(let moved, let position): if moved == leaf { sum += value.element(position) }
      case .direction(let direction): sum += zip(value.scalars, direction[leaf]).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    return sum
  }
}
