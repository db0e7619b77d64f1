import ChainRuleCore

extension GradientReport: CustomStringConvertible {
  /// The verdict, then a line per entry (the worst first, at most 20), then opinions, blame and coverage.
  public var description: String { text() }

  /// The report as text with at most `limit` entries.
  public func text(limit: Int = 20) -> String {
    let limit = Swift.max(limit, 0)
    let claims = judgedClaims.flatMap(\.lines)
    if entries.isEmpty, opinions.isEmpty, !claims.isEmpty { return claims.joined(separator: "\n") }
    var lines = [headline] + claims.map { "  " + $0 }
    let sorted = worstFirst, width = sorted.prefix(limit).map(\.fullName.count).max() ?? 0
    lines += sorted.prefix(limit).map { "  " + $0.line(width: width) }
    if sorted.count > limit { lines.append("  … and \(sorted.count - limit) more, none worse") }
    if let blame { lines += blame.lines.map { "  " + $0 } }
    lines += opinions.map { "  \($0.verdict)  \($0.name): \($0.detail)" }
    lines.append("  coverage: \(coverage.statement) (\(coverage.evaluations) evaluations)")
    lines.append(
      "  tolerance: each element's own error bar decides; an agreement needs a bar of at most "
        + "\(Tensor.digits(resolution)) of the derivative's size")
    return lines.joined(separator: "\n")
  }

  private var headline: String {
    let kinks = entries.lazy.filter { $0.kink != nil && $0.verdict != .disagree }.count
    var parts = ["\(count(.agree)) agree", "\(count(.disagree)) disagree"]
    if kinks > 0 { parts.append("\(kinks) not differentiable here") }
    parts.append("\(count(.inconclusive) - kinks) inconclusive")
    let what = order == 1 ? "gradient" : "derivatives to order \(order)"
    return "\(verdict)  \(what) of \(subject): \(parts.joined(separator: ", "))"
  }
}

extension GradientReport.Entry {
  /// One line: `disagree  W2[0][1]  autodiff −0.130376706180  numeric −0.130376706180 ± 2e-11  claimed −0.029 …`.
  public func line(width: Int = 0) -> String {
    let label = kink != nil && verdict != .disagree ? "not differentiable here" : "\(verdict)"
    let padding = String(repeating: " ", count: Swift.max(0, width - fullName.count))
    var text = "\(label)  \(fullName)\(padding)  autodiff \(Self.digits(autodiff))  numeric \(Self.digits(numeric))"
    text += " ± \(Tensor.text(error, significantDigits: 2))"
    if let claimed { text += "  claimed \(Tensor.text(claimed, significantDigits: 12))" }
    if let alone { text += "  (\(alone.sentence))" }
    if relativeError > 0 { text += "  relative difference \(Tensor.text(relativeError, significantDigits: 2))" }
    if stencil != .central { text += "  \(stencil) stencil" }
    if let kink { text += "  \(kink.sentence)" }
    if !note.isEmpty { text += "  [\(note)]" }
    return text
  }

  static func digits(_ value: Double) -> String { Tensor.text(value, significantDigits: 12) }
}

extension GradientReport.Entry {
  /// Says what would decide what is not decided, where the reason does not.
  mutating func advise() {
    guard verdict == .inconclusive, !note.contains("would decide") else { return }
    let advice = kink == nil ? "a point nearby or higher precision would decide" : "a point beside it would decide"
    note += note.isEmpty ? advice : "; \(advice)"
  }
}

extension GradientReport.Kink {
  var sentence: String {
    guard left.isFinite, right.isFinite else {
      func side(_ slope: Double, _ name: String) -> String {
        if slope.isNaN { return "no values on the \(name)" }
        if slope.isFinite { return "slope \(Tensor.digits(slope)) from the \(name)" }
        return "a slope growing without bound to \(slope < 0 ? "−∞" : "∞") from the \(name)"
      }
      return "\(side(left, "left")), \(side(right, "right")), autodiff uses \(Tensor.digits(convention))"
    }
    let sides =
      "slope \(Tensor.digits(left)) from the left, \(Tensor.digits(right)) from the right, "
      + "autodiff uses \(Tensor.digits(convention))"
    return isAnnounced ? "\(node) = \(primitive)(\(inputs)): \(sides)" : "a kink that no primitive announced: \(sides)"
  }
}

extension GradientReport.Entry.Side {
  var sentence: String {
    switch self {
    case .nobody: "all three agree"
    case .claim: "the claim is alone: autodiff and differences agree"
    case .autodiff: "autodiff is alone: claim and differences agree"
    case .numeric: "the numeric side is alone: claim and autodiff agree"
    case .everybody: "all three differ"
    }
  }
}

extension GradientReport.FaultLocalization {
  var lines: [String] {
    var first = "blame: \(primitive), local gradient for input \(inputIndex), at \(node) = \(expression)"
    if !note.isEmpty { first += " [\(note)]" }
    if claimed.isNaN && numeric.isNaN { return [first] }
    return [
      first,
      "       \(element): claimed \(GradientReport.Entry.digits(claimed)), numeric "
        + "\(GradientReport.Entry.digits(numeric)) ± \(Tensor.text(error, significantDigits: 2))",
    ]
  }
}
