import ChainRuleCore

/// Numbers that somebody expected, and how much of the derivative was looked at.
extension GradientCheck {
  /// Judges each claim to the digits it is written with, against both sides.
  func apply(_ claims: [String: Double]) throws {
    for (name, claim) in claims.sorted(by: { $0.key < $1.key }) {
      let places = entries.indices.filter { entries[$0].name == name || entries[$0].fullName == name }
      guard let place = places.first else {
        let known = entries.prefix(12).map(\.fullName).joined(separator: ", ")
        throw ChainRuleError(
          .value, in: "claiming",
          required: "the name of a checked element (\(known)\(entries.count > 12 ? ", …" : ""))",
          got: "\"\(name)\"")
      }
      for place in places.isEmpty ? [place] : places { entries[place].judge(claim) }
    }
  }

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

  /// - Parameter half: half a unit in the last digit that was written; that of the shortest form unless given.
  package mutating func judge(_ claim: Double, half: Double? = nil) {
    let half = half ?? Self.halfUnit(of: claim)
    let fitsAutodiff = (claim - autodiff).magnitude <= half * (1 + 1e-9) + 1e-12 * autodiff.magnitude
    let fitsNumeric = (claim - numeric).magnitude <= half * (1 + 1e-9) + error
    claimed = claim
    switch (verdict, fitsAutodiff, fitsNumeric) {
    case (.disagree, true, true): alone = .nobody
    case (.disagree, true, false): alone = .numeric
    case (.disagree, false, true): alone = .autodiff
    case (.disagree, false, false): alone = .everybody
    case (_, true, true): alone = .nobody
    case (.agree, _, _):
      alone = .claim
      verdict = .disagree
    case (_, false, false) where kink == nil && autodiff.isFinite && error <= half:
      alone = .claim
      verdict = .disagree
    default: break
    }
  }

  /// Half a unit in the last digit with which a number is written: 0.0005 for −0.029.
  static func halfUnit(of number: Double) -> Double {
    let text = "\(number.magnitude)"
    let parts = text.split(separator: "e")
    let decimals = parts.first?.split(separator: ".").dropFirst().first?.count ?? 0
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    return 0.5 * power(ofTen: exponent - decimals)
  }

  private static func power(ofTen exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<Swift.min(exponent.magnitude, 330) { result = exponent < 0 ? result / 10 : result * 10 }
    return result
  }
}
