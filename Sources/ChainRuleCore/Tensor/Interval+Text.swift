extension Interval: CustomStringConvertible {
  /// Both bounds, `[1.9, 2.1]`; one number where they are equal.
  public var description: String { isPoint ? "\(lower)" : "[\(lower), \(upper)]" }

  /// The digits that every number between the bounds has in common when it is rounded: `0.3932238664829637`.
  /// `nil` where not even one is certain.
  public var certainDigits: String? {
    guard lower.isFinite, upper.isFinite else { return nil }
    for digits in (1...17).reversed() {
      let text = Tensor.text(lower, significantDigits: digits)
      if text == Tensor.text(upper, significantDigits: digits) { return text }
    }
    return nil
  }
}
