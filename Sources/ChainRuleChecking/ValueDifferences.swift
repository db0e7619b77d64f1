import ChainRuleCore

/// The second opinion on second and third derivatives: differences of function values alone.
///
/// - ∂²f/∂a² ≈ (f(a+h) − 2f(a) + f(a−h))/h², ∂²f/∂a∂b ≈ (f(++) − f(+−) − f(−+) + f(−−))/(4hk),
/// - ∂³f/∂t³ ≈ (f(2h) − 2f(h) + 2f(−h) − f(−2h))/(2h³) along a line.
/// Each error is a series in h², so the same extrapolation as for slopes applies.
extension GradientCheck {
  /// The exponent of the smallest step, in units of the element: near the edge of a domain none but small steps fit.
  private static var lowest: Int { -44 }

  func byValues(
    _ pair: PerturbationPair, _ side: Derivative, _ first: RoundoffBound,
    claimed: ([PerturbedEvaluation.Move]) -> Double
  ) -> GradientReport.Entry {
    evaluation.restore()
    var search = StepSearch(
      start: -3, lowest: Self.lowest, highest: pair.highest, targets: [Swift.max(side.magnitude, side.scale)], power: 2,
      steps: pair.steps(evaluation))
    search.run { pair.difference($0, evaluation, first.noise) }
    return entry(
      search, side, "\(pair.a.name(self)), \(pair.b.name(self))", 2,
      stencil: { pair.difference($0, evaluation, first.noise) },
      beside: { s in [pair.a, pair.b].flatMap { line in [s, -s].map { claimed(line.moves($0)) } } })
  }

  func byValues(
    _ line: Perturbation, _ side: Derivative, _ first: RoundoffBound, order: Int, claimed: Node
  ) -> GradientReport.Entry {
    var search = StepSearch(
      start: -3, lowest: Self.lowest, highest: line.highest, targets: [Swift.max(side.magnitude, side.scale)], power: 2,
      steps: line.steps(evaluation))
    let stencil = { (s: Double) in line.difference(s, self.evaluation, first.noise, order: order) }
    search.run(stencil)
    let name = Array(repeating: line.name(self), count: order).joined(separator: ", ")
    return entry(
      search, side, name, order, stencil: stencil,
      beside: { s in
        [s, -s].map { offset in
          line.move(self.evaluation, to: offset)
          return claimed.numberOrNaN
        }
      })
  }

  private func entry(
    _ search: StepSearch, _ side: Derivative, _ name: String, _ order: Int, stencil: (Double) -> Difference,
    beside: (Double) -> [Double]
  ) -> GradientReport.Entry {
    var slope = search.best[0]
    if slope.bar.isInfinite, search.trouble?.flip != nil { slope.note = "a branch changes inside every stencil" }
    var entry = side.entry(slope, name, "", order: order, resolution: resolution(order: order))
    if entry.verdict == .disagree, slope.isFlat {
      entry.verdict = .inconclusive
      entry.note = "the values are all the same here, and rounding inside the function may be why"
    }
    if entry.verdict == .disagree, side.autodiff.isFinite, !isConfirmed(search.steps, slope, side, stencil, beside) {
      entry.verdict = .inconclusive
      entry.note = "the function changes faster than any step that rounding allows"
    }
    entry.note = entry.note.isEmpty ? "by differences of values" : "by differences of values; \(entry.note)"
    return entry
  }

  /// A plain difference still disagrees at a step over which the claim hardly changes.
  private func isConfirmed(
    _ steps: Steps, _ slope: Slope, _ side: Derivative, _ stencil: (Double) -> Difference,
    _ beside: (Double) -> [Double]
  ) -> Bool {
    let difference = (side.autodiff - slope.value).magnitude
    guard slope.step > 0 else { return false }
    for exponent in stride(from: Int(slope.step.exponent) + 2, through: Self.lowest, by: -2) {
      let s = steps.step(0, exponent: exponent, for: .confirmation)
      guard case .slopes(let measured, let noises, _, _) = stencil(s) else { continue }
      if noises[0] > difference / 4 { return false }
      let isSteady = [1, 0.781, 0.43, 0.193].allSatisfy { part in
        beside(part * s).allSatisfy { ($0 - side.autodiff).magnitude <= difference / 4 }
      }
      if isSteady, (measured[0] - side.autodiff).magnitude >= difference / 2 { return true }
    }
    return false
  }
}
