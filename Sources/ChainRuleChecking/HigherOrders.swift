import ChainRuleCore

/// Second and third derivatives of a single number, held against two numeric sides:
/// - differences of the derivative of one order less, which is held itself against differences of what it was taken of
///   at both ends of the stencil: well conditioned, and still nothing is believed that function values do not show;
/// - where that does not decide, second or third differences of function values alone.
///
/// A local gradient with the right value but the wrong expression is found by both. The entry says which decided.
extension GradientCheck {
  /// More pairs of elements than this are checked along random directions instead.
  static var pairLimit: Int { 2_500 }

  func higherOrders(upTo order: Int, _ mode: CheckMode) throws {
    guard evaluation.base.count == 1 else {
      throw ChainRuleError(
        .gradient, in: "checkGradients", required: "a single number for order \(order)", got: "shape \(output.shape)",
        hint: "Check a sum, or a weighted sum, of the elements.")
    }
    let elements = evaluation.points.enumerated().flatMap { leaf, point in
      point.indices.filter { point[$0].isFinite }.map { (leaf, $0) }
    }
    var lines = elements.map { Perturbation(evaluation, leaf: $0.0, position: $0.1) }
    var isFull = elements.count * elements.count <= Self.pairLimit
    if case .directions = mode { isFull = false }
    let first = try graph.scope { () throws -> RoundoffBound in try RoundoffBound(pass(0), leaves: nodes) }
    if isFull { try hessian(lines, first) } else { lines = [] }
    var random = RandomNumbers(seed: 11), count = 4
    if case .directions(let wanted, let seed) = mode { (random, count) = (RandomNumbers(seed: seed), wanted) }
    // Along the only element there is they would say what its own row does.
    if isFull, elements.count == 1 { count = 0 }
    let randomLines = (0..<count).map { number in
      let line = Perturbation(
        evaluation, direction: evaluation.randomDirection(&random), number: number + 1, of: count)
      namedDirections[line.name(self)] = line.direction(evaluation)
      return line
    }
    if !isFull { for line in randomLines { try along(line, first, order: 2) } }
    if order > 2 { for line in lines + randomLines { try along(line, first, order: 3) } }
  }

  // MARK: Deciding

  /// The claimed derivative against differences of the derivative of one order less, then against those of values.
  func decide(_ pending: UnconfirmedDisagreement, _ beside: Beside?, _ claim: LineClaim, _ blank: GradientReport.Entry)
    throws -> (entry: GradientReport.Entry, scale: Double, isDecided: Bool)
  {
    guard let beside, pending.slope.kink == nil, pending.slope.bar.isFinite else {
      var entry = blank
      entry.autodiff = pending.side.autodiff
      if let kink = pending.slope.kink {
        entry.kink = described(kink, pending.side.autodiff, pending.line, pending.row, &entry)
      }
      return (entry, 0, entry.kink != nil)
    }
    var (entry, held) = held(pending, beside, blank)
    if entry.verdict == .disagree {
      entry = try settled(held, claim, entry)
      entry.note = note(blank.order) + (entry.note.isEmpty ? "" : "; \(entry.note)")
    }
    return (entry, beside.variation, entry.verdict != .inconclusive)
  }

  /// The claimed derivative against differences of the derivative of one order less, nothing settled yet.
  func held(_ pending: UnconfirmedDisagreement, _ beside: Beside, _ blank: GradientReport.Entry)
    -> (entry: GradientReport.Entry, pending: UnconfirmedDisagreement)
  {
    var pending = pending
    pending.slope.bar += beside.error
    pending.side = pending.side.scaled(beside.variation)
    var entry = pending.side.entry(
      pending.slope, blank.name, "", order: blank.order, resolution: resolution(order: blank.order))
    if entry.verdict != .disagree {
      entry.note = note(blank.order) + (entry.note.isEmpty ? "" : "; \(entry.note)")
    }
    return (entry, pending)
  }

  private func note(_ order: Int) -> String { "by differences of the \(order == 2 ? "gradient" : "second derivative")" }

  /// What the derivative of one order less does at both ends of the stencil.
  struct Beside {
    /// By how much it may be wrong there, as an error of the differences taken of it.
    var error = 0.0
    /// How fast it changes over the stencil: the function's own scale of the derivative that is claimed.
    var variation = 0.0
  }

  /// One derivative that is held against differences at a point beside ours: of what it was taken, along which line,
  /// its value there, and the power of the step by which its error grows in the differences.
  struct Link {
    let function: Int32, line: LineSlopes.Line
    let noise: Double, size: Double
    let here: Double, value: () throws -> Double
    let power: Int
  }

  /// Holds a chain of derivatives against differences at both ends of the stencil; `nil` where they are not right there.
  func beside(_ links: [Link], at slope: Slope, of moving: LineSlopes) throws -> Beside? {
    // What does not move at a large step need not be looked at so far away.
    // Near 0 steps of the point's size would show nothing of a gradient that stands still.
    let near = Double(sign: .plus, exponent: Swift.max(moving.range.start, -3), significand: 1)
    let step = slope.isFlat ? Swift.min(slope.step, near) : slope.step, standsStill = slope.isFlat
    guard step > 0, step.isFinite else { return nil }
    var result = Beside()
    for t in slope.stencil == .central ? [step, -step] : slope.stencil == .right ? [step] : [-step] {
      for link in links {
        let there = moving.sample(t)
        guard there.isFinite else { return nil }
        let value = try link.value()
        let local = try PerturbedEvaluation(graph: graph, output: link.function, leaves: nodes.map(\.id))
        defer { local.restore() }
        let slope = LineSlopes(local, link.line, noises: [2 * link.noise], targets: [link.size]).search()[0]
        let difference = (value - slope.value).magnitude, error = difference + slope.bar
        let size = Swift.max(link.size, value.magnitude)
        guard error <= 1e-5 * size || (value == 0 && slope.isFlat) else { return nil }
        // A slope that stands still claims 0 to the last digit: what contradicts it at all is looked at closely.
        if standsStill, difference > slope.bar + 16 * RoundoffBound.unit * size { return nil }
        var share = slope.isFlat && value == slope.value ? 0 : error
        for _ in 0..<link.power { share /= step }
        result.error = Swift.max(result.error, share)
        if link.power == 1 {
          result.variation = Swift.max(result.variation, ((value - link.here).magnitude - 2 * link.noise) / step)
        }
      }
    }
    moving.evaluation.restore()
    return result
  }

  /// Where the derivative of one order less stands still over a stencil, the differences of values that belong to it
  /// must be 0, from the point's own size up to that stencil's. `nil` where one is not; else the smallest bar of both
  /// ways is the error: near 0, steps of the point's size alone would show nothing.
  func still(_ beside: Beside?, _ slope: Slope, _ steps: Steps, upTo top: Int, _ stencil: (Double) -> Difference)
    -> Beside?
  {
    guard var result = beside, slope.isFlat else { return beside }
    for exponent in Array(stride(from: -3, to: top, by: 10)) + [Swift.max(top, -3)] {
      let step = steps.step(0, exponent: exponent, for: .confirmation)
      guard case .slopes(let measured, let noises, _, _) = stencil(step) else { continue }
      if measured[0].magnitude > 64 * noises[0] { return nil }
      result.error = Swift.min(result.error, measured[0].magnitude + noises[0])
    }
    evaluation.restore()
    return result
  }
}

extension Derivative {
  func scaled(_ scale: Double) -> Derivative {
    var copy = self
    copy.scale = Swift.max(copy.scale, scale)
    return copy
  }
}

extension RoundoffBound {
  /// The gradient and its size along a perturbation.
  func slope(_ perturbation: Perturbation) -> Double { perturbation.weighted(gradients, { $0 }) }
  func size(_ perturbation: Perturbation) -> Double { perturbation.weighted(magnitudes, \.magnitude) }
}
