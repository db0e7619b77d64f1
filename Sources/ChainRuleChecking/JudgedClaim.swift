import ChainRuleCore

extension GradientReport {
  /// A claim that is a formula, or a number of a value in between, and what came of it.
  public struct JudgedClaim: Sendable, Codable, Hashable {
    /// What evaluations and equations say of a claim.
    public enum Judgement: String, Sendable, Codable, Hashable {
      /// Proved to be the same function by equations, wherever the checked one is defined.
      case identical
      /// The same at every point that was tried.
      case agrees
      /// The same on a part of the domain that is named, and another function elsewhere.
      case agreesWhere = "agrees where"
      /// Another function, with a point that shows it.
      case disagrees = "disagree"
      /// Too few points of the domain were found, or rounding hides the difference.
      case undecided
    }

    /// What the claim is about: `∂f/∂x`, or a name of a value.
    public let subject: String
    /// The formula or the number, as it was written.
    public let claim: String
    /// What came of it.
    public package(set) var judgement: Judgement
    /// The part of the domain where it agrees, where it is a part.
    public package(set) var condition: String?
    /// At how many points both sides were compared.
    public package(set) var points: Int
    /// The largest difference that the intervals around both sides leave open at these points, beside their size.
    @NumberAsText public package(set) var bar: Double
    /// Where both sides differ most plainly.
    public package(set) var difference: Difference?
    /// The nearest formula that does agree.
    public package(set) var repair: Repair?
    /// What else a reader should know, a sentence each.
    public package(set) var notes: [String]

    /// A point and the values of both sides there.
    public struct Difference: Sendable, Codable, Hashable {
      /// The values of the inputs: `x = 1.5, y = [1, 2]`.
      public let point: String
      /// The element of a tensor, `[0][1]`; empty for a number.
      public let element: String
      /// The claim's value.
      @NumberAsText public var claimed: Double
      /// The value of what the claim is about.
      @NumberAsText public var computed: Double

      package init(point: String, element: String, claimed: Double, computed: Double) {
        (self.point, self.element) = (point, element)
        (self._claimed, self._computed) = (.init(wrappedValue: claimed), .init(wrappedValue: computed))
      }
    }

    /// A formula that agrees, and the one replacement that leads to it.
    public struct Repair: Sendable, Codable, Hashable {
      /// The formula.
      public let formula: String
      /// What was replaced, in words: `an argument's sign`.
      public let change: String

      package init(formula: String, change: String) { (self.formula, self.change) = (formula, change) }
    }

    package init(_ subject: String, _ claim: String, _ judgement: Judgement, points: Int = 0) {
      (self.subject, self.claim, self.judgement, self.points, notes) = (subject, claim, judgement, points, [])
      _bar = .init(wrappedValue: 0)
    }

    /// What the claim means for the verdict of a report.
    public var verdict: Verdict {
      switch judgement {
      case .identical, .agrees: .agree
      case .disagrees: .disagree
      case .agreesWhere, .undecided: .inconclusive
      }
    }
  }

  /// A report of claims alone, without rows of differences.
  package init(subject: String, claims: [JudgedClaim]) {
    self.init(
      subject: subject, order: 1, entries: [], opinions: [], blame: nil,
      coverage: .init(checked: 0, total: 0, directions: 0, evaluations: 0, statement: "formulas alone were judged"),
      resolution: 1e-6, judgedClaims: claims)
  }
}

extension GradientReport.JudgedClaim {
  /// The verdict with the claim, and what shows it, a line each.
  public var lines: [String] {
    var lines = ["\(headline)  \(subject) = \(claim)"]
    if let difference {
      let name = difference.element.isEmpty ? "" : " element \(difference.element)"
      let (claimed, computed) = Self.numbers(difference.claimed, difference.computed)
      lines.append("  at \(difference.point):\(name) claimed \(claimed), computed \(computed)")
    }
    if let repair { lines.append("  nearest that agrees: \(repair.formula)  (\(repair.change))") }
    return lines + notes.map { "  " + $0 }
  }

  private var headline: String {
    switch judgement {
    case .identical: "identical"
    case .agrees: points == 1 ? "agree" : "agrees at \(points) points"
    case .agreesWhere: "agrees where \(condition ?? "both are defined")"
    case .disagrees: "disagree"
    case .undecided: "undecided"
    }
  }

  /// Both with six digits, or as many as tell them apart.
  private static func numbers(_ claimed: Double, _ computed: Double) -> (String, String) {
    func text(_ value: Double, _ digits: Int) -> String {
      value.isNaN ? "no value" : Tensor.text(value, significantDigits: digits)
    }
    let digits = (6...17).first { text(claimed, $0) != text(computed, $0) }
    let rest = digits == nil ? " (they differ beyond a double's digits)" : ""
    return (text(claimed, digits ?? 17), text(computed, digits ?? 17) + rest)
  }
}
