import ChainRuleChecking
import ChainRuleCore

/// What somebody says of a gradient or of a value: a number, or a formula.
///
/// ```swift
/// try checkGradients(of: loss, withRespectTo: [W], claiming: ["W[0,1]": .formula("2(s[0] − y[0])x[1]"), "W[0,0]": 0.24])
/// ```
public enum Claim: Sendable, Hashable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A number, judged to the digits it is written with.
  case number(Double)
  /// A formula in the language of expressions or in the LaTeX of lectures, judged at many values of the inputs.
  case formula(String)

  /// A number as it is written.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A whole number as it is written.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
}

/// Checks gradients as the form with numbers does, and judges claims that are formulas.
///
/// A claim is named by what it is about: an input (`W`, the gradient with respect to it), an element of one (`W[0,1]` or
/// `W[0][1]`), a derivative (`∂L/∂h`, `dh`, `∂a/∂z`), or a named node in between (`h`, `h[0]`: its value). The names in
/// a formula are the labels of the nodes below the output. Formulas are evaluated on intervals at many values of the
/// labelled inputs, whose assigned values stay what they are.
/// - Throws: as the form with numbers; an ``ExpressionError`` for a formula that is not understood, and a
///   ``ChainRuleError`` for a name that means nothing here.
@_disfavoredOverload
public func checkGradients(
  of output: Node, withRespectTo nodes: [Node], order: Int = 1, mode: CheckMode = .full,
  claiming claims: [String: Claim], resolution: Double = 1e-6
) throws -> GradientReport {
  var report = try checkGradients(
    of: output, withRespectTo: nodes, order: order, mode: mode, claiming: [:] as [String: Double],
    resolution: resolution)
  // What is recorded for them is dropped.
  return try output.graph.scope { () throws -> GradientReport in
    let graph = try ClaimedGraph(output: output)
    for (name, claim) in claims.sorted(by: { $0.key < $1.key }) {
      switch claim {
      case .number(let number):
        if try report.judgeNumber(name, number) { continue }
        let digits = number == number.rounded() && number.magnitude < 1e15 ? "\(Int(number))" : "\(number)"
        report.judgedClaims.append(try graph.judge(name, number: digits))
      case .formula(let text): report.judgedClaims.append(try graph.judge(name, formula: text))
      }
    }
    return report
  }
}

extension GradientReport {
  /// Judges a number where the name is that of a checked element; `false` where it is not.
  package mutating func judgeNumber(_ name: String, _ value: Double, half: Double? = nil) throws -> Bool {
    let plain = ClaimSubject.bracketed(name.filter { !$0.isWhitespace })
    guard entries.contains(where: { [$0.name, $0.fullName].map { $0.filter { !$0.isWhitespace } }.contains(plain) })
    else { return false }
    try judge([.init(plain, value, half: half)])
    return true
  }
}
