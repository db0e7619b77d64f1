import ChainRuleChecking
import ChainRuleCore
import ChainRuleExpression

/// Claims that are numbers, or lists of them: what somebody computed at the given point.
extension ClaimedGraph {
  /// Judges a number of a value or a derivative at the given point, to half a unit of its last digit: of a tensor, every
  /// element.
  /// - Throws: as the form with a formula.
  package func judge(_ name: String, number text: String) throws -> GradientReport.JudgedClaim {
    guard let value = Double(text.replacing("−", with: "-")) else { return try judge(name, formula: text) }
    return try judge(try ClaimSubject(name, in: self), Tensor(value), written: text)
  }

  /// Judges numbers at the given point, element by element, each to half a unit of the last digit that it is written with.
  func judge(_ subject: ClaimSubject, _ claimed: Tensor, written text: String) throws
    -> GradientReport.JudgedClaim
  {
    let truth = try subject.node(in: self), computed = try truth.value()
    let shown = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    var claim = GradientReport.JudgedClaim(subject.symbol, shown, .disagrees, points: 1)
    let judge = ClaimJudge(self, subject, truth, try Expression(text)), numbers: [Double], halves: [Double]
    do {
      func fitted(_ values: [Double]) throws -> [Double] {
        try judge.fitted(graph.constant(Tensor(shape: claimed.shape, values))).value().scalars
      }
      (numbers, halves) = try (fitted(claimed.scalars), fitted(Self.halfUnits(in: text, count: claimed.count)))
    } catch let misfit as ClaimJudge.Misfit {
      claim.notes = ["the shapes do not fit: \(misfit)"]
      return claim
    }
    for (place, value) in computed.scalars.enumerated() {
      if (numbers[place] - value).magnitude <= halves[place] * (1 + 1e-9) + 1e-12 * value.magnitude { continue }
      claim.difference = .init(
        point: "the given values", element: computed.shape.subscripts(of: place), claimed: numbers[place],
        computed: value)
      return claim
    }
    claim.judgement = .agrees
    claim.notes = [
      computed.shape.rank == 0
        ? "computed \(Tensor.text(computed.element(0), significantDigits: 12))" : "computed \(computed.inline)"
    ]
    return claim
  }

  /// Half a unit of the last digit of every number in a list as it is typed; 0, to a double's digits, where one is not
  /// written in digits.
  private static func halfUnits(in text: String, count: Int) -> [Double] {
    let parts = text.replacing("−", with: "-").split { "[], \t\n;".contains($0) }
    let halves = parts.map { part in
      part.allSatisfy { "0123456789.+-eE/".contains($0) }
        ? GradientReport.Claim.halfUnit(ofDigits: String(part)) ?? 0 : 0
    }
    return halves.count == count ? halves : [Double](repeating: 0, count: count)
  }
}
