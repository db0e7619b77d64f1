import ChainRuleCore

/// The slopes on both sides of a point at which they differ.
struct TwoSlopes {
  let left: Double, right: Double
  let leftBar: Double, rightBar: Double
  /// The node that changes its branch there, where one told.
  let flip: PerturbedEvaluation.Flip?

  /// Whether a derivative may be claimed here: it lies between the slopes. NaN is neither inside nor outside.
  func admits(_ claim: Double) -> Bool {
    let allowed = leftBar + rightBar
    return !(claim < Swift.min(left, right) - allowed || claim > Swift.max(left, right) + allowed)
  }

  func unannounced(convention: Double) -> GradientReport.Kink {
    .unannounced(left: left, right: right, convention: convention)
  }
}
