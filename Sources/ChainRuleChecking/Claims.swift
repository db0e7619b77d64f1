import ChainRuleCore

extension GradientReport {
  /// A number that somebody expects of an element, and half a unit of the last digit it is written with.
  package struct Claim {
    package let name: String, value: Double, half: Double

    package init(_ name: String, _ value: Double, half: Double? = nil) {
      (self.name, self.value, self.half) = (name, value, half ?? Self.halfUnit(of: value))
    }

    /// 0.0005 for `0.390` and `-1.250`, 50 for `1.2e3`; a fraction (`1/3`) is exact to a double's digits. `nil` where
    /// the exponent is no whole number.
    package static func halfUnit(ofDigits text: String) -> Double? {
      if text.contains("/") { return 0 }
      let parts = text.lowercased().split(separator: "e", maxSplits: 1)
      let decimals = parts.first?.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count ?? 0
      guard let exponent = parts.count > 1 ? Int(parts[1]) : 0 else { return nil }
      return Double("0.5e\(exponent - decimals)")
    }

    /// Half a unit in the last digit with which a number is printed: 0.0005 for −0.029. A whole number, printed as 5.0,
    /// tells no decimals.
    private static func halfUnit(of number: Double) -> Double {
      let text = "\(number)"
      return halfUnit(ofDigits: text.hasSuffix(".0") ? String(text.dropLast(2)) : text) ?? 0
    }
  }

  /// Judges each claim to the digits it is written with, against both sides. Spaces in names do not count.
  /// - Throws: when a name is that of no element, or of several.
  package mutating func judge(_ claims: [Claim]) throws {
    for claim in claims.sorted(by: { $0.name < $1.name }) {
      let name = claim.name.filter { !$0.isWhitespace }
      let places = entries.indices.filter {
        [entries[$0].name, entries[$0].fullName].contains { $0.filter { !$0.isWhitespace } == name }
      }
      guard let place = places.first, places.count == 1 else {
        let known = (places.isEmpty ? Array(entries.indices) : places).map { entries[$0].fullName }
        let list = known.prefix(12).joined(separator: ", ") + (known.count > 12 ? ", …" : "")
        throw ChainRuleError(
          .value, in: "claiming", required: "the name of \(places.isEmpty ? "a" : "one") checked element (\(list))",
          got: "\"\(claim.name)\"")
      }
      entries[place].judge(claim.value, half: claim.half)
    }
  }
}

/// How much of the derivative was looked at.
extension GradientCheck {
  func coverage(_ mode: CheckMode) -> GradientReport.Coverage {
    let total = evaluation.points.map(\.count).reduce(0, +)
    let outputs = evaluation.base.count
    switch mode {
    case .full:
      return .init(
        checked: total, total: total, directions: 0, evaluations: evaluation.count,
        statement:
          "every one of \(total) elements moved on its own, \(outputs == 1 ? "1 output" : "\(outputs) outputs") watched"
      )
    case .directions(let count, _):
      return .init(
        checked: total, total: total, directions: count, evaluations: evaluation.count,
        statement: "\(count) random directions, in which all \(total) elements move at once; an error in a few "
          + "elements is seen only if it changes a sum over all of them by more than its error bar, so sparse "
          + "errors may be missed")
    }
  }
}

extension GradientReport.Entry {
  /// The element with its output: `y[0] / x[1]`.
  public var fullName: String { output.isEmpty ? name : "\(output) / \(name)" }

  /// Judges a claim against both sides.
  mutating func judge(_ claim: Double, half: Double) {
    claimed = claim
    let reach = half * (1 + 1e-9)
    if let kink, verdict != .disagree {
      // Where there are two slopes, one of them or a number between them may be claimed.
      let (low, high) = (Swift.min(kink.left, kink.right), Swift.max(kink.left, kink.right))
      guard low.isFinite, high.isFinite else { return }
      let isBetween = claim >= low - reach - 1e-6 * low.magnitude && claim <= high + reach + 1e-6 * high.magnitude
      alone = isBetween ? .nobody : .claim
      if !isBetween { verdict = .disagree }
      return
    }
    let fitsAutodiff = (claim - autodiff).magnitude <= reach + 1e-12 * autodiff.magnitude
    let fitsNumeric = (claim - numeric).magnitude <= reach + error
    switch (verdict, fitsAutodiff, fitsNumeric) {
    case (.disagree, true, true): alone = .nobody
    case (.disagree, true, false): alone = .numeric
    case (.disagree, false, true): alone = .autodiff
    case (.disagree, false, false): alone = .everybody
    case (_, true, true): alone = .nobody
    case (.agree, _, _): (alone, verdict) = (.claim, .disagree)
    case (_, false, false) where autodiff.isFinite && error <= half: (alone, verdict) = (.claim, .disagree)
    default: break
    }
  }
}
