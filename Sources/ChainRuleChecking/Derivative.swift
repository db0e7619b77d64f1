import ChainRuleCore

/// A derivative from autodiff with what is known about its rounding.
struct Derivative {
  var autodiff: Double
  /// The size it would have without cancellation.
  var magnitude: Double
  var roundOff: Double
  /// The output's noise and value, for the condition number.
  var noise: Double, value: Double
  var reason: String?
  /// The function's own scale of this derivative, where its summands tell none.
  var scale = 0.0
  /// The part of the summands' size that counts.
  var summands = 1.0

  /// What a bar must be small beside. Summands that cancel have a size beside which only rounding is small: of theirs
  /// counts as much as the digits that each order costs leave.
  var size: Double { Swift.max(magnitude * summands, autodiff.magnitude, scale) }

  /// Holds both sides against each other. A disagreement is a suspicion until `settle` has confirmed it.
  func entry(_ slope: Slope, _ name: String, _ output: String, order: Int = 1, resolution: Double)
    -> GradientReport.Entry
  {
    var entry = GradientReport.Entry(name: name, output: output, order: order, note: slope.note)
    (entry.autodiff, entry.numeric, entry.error) = (autodiff, slope.value, slope.bar)
    (entry.step, entry.stencil) = (slope.step, slope.stencil)
    let difference = (autodiff - slope.value).magnitude
    let larger = Swift.max(autodiff.magnitude, slope.value.magnitude)
    entry.relativeError = autodiff == slope.value ? 0 : difference / larger
    entry.condition = noise / Swift.max(RoundoffBound.rounding(of: value), RoundoffBound.tiny)
    if let reason, entry.note.isEmpty { entry.note = "no gradient: \(reason)" }
    entry.verdict = verdict(slope, difference, resolution, order)
    if entry.verdict == .inconclusive, slope.kink == nil {
      entry.note = explanation(slope, entry.condition, entry.note)
    }
    return entry
  }

  private func verdict(_ slope: Slope, _ difference: Double, _ resolution: Double, _ order: Int)
    -> GradientReport.Verdict
  {
    if slope.kink != nil || !slope.value.isFinite || !slope.bar.isFinite { return .inconclusive }
    if !autodiff.isFinite {
      // A slope of 0 has no size of its own: what the function does over the first step is one.
      let size = Swift.max(
        slope.value.magnitude, slope.scale, slope.first.bend.isFinite ? slope.first.bend : 0,
        slope.first.difference.magnitude)
      return slope.bar <= 1e-3 * size || slope.isFlat ? .disagree : .inconclusive
    }
    if difference > slope.bar + roundOff { return .disagree }
    // Second differences of a line are all zero by rounding alone, as long as there is a slope.
    if autodiff == 0, slope.value == 0, slope.isFlat, order == 1 || size == 0 { return .agree }
    if autodiff == 0, slope.scale > 0, slope.bar <= resolution * slope.scale { return .agree }
    return slope.bar + roundOff <= resolution * size ? .agree : .inconclusive
  }

  private func explanation(_ slope: Slope, _ condition: Double, _ note: String) -> String {
    var parts = note.isEmpty ? [] : [note]
    if !autodiff.isFinite {
      parts.append(
        slope.value.isFinite && slope.bar.isFinite
          ? "autodiff is not finite, and the differences do not settle on a slope"
          : "autodiff is not finite, and no finite slope was found")
    } else if !slope.value.isFinite || !slope.bar.isFinite {
      parts.append("no step gave finite differences on one branch (condition number \(Tensor.digits(condition)))")
    } else if slope.noise >= slope.truncation {
      parts.append(
        "rounding moves the output by \(Tensor.digits(noise)) (condition number \(Tensor.digits(condition))), so "
          + "slopes below \(Tensor.digits(slope.bar)) cannot be told apart"
      )
    } else {
      parts.append("the differences do not settle as the step shrinks")
    }
    return parts.joined(separator: "; ")
  }
}
