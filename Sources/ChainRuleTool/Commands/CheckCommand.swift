import ChainRule
import Foundation

extension Command {
  static let check = Command(
    name: "check", form: "EXPRESSION NAME=VALUE …", summary: "the gradients of a formula against function values alone",
    details: """
      \(expressionHelp(" (chainrule explain --help lists them)."))

      Every element is differentiated numerically with an error bar of its own: agree, disagree or inconclusive. The
      status is 1 if anything disagrees, or differs by many bars without having been decided; inconclusive counts as
      well with --strict.

        chainrule check 'sigmoid(w0*x0 + w1*x1 + w2)' w0=2 x0=-1 w1=-3 x1=-2 w2=-3
        chainrule check 'x^3 * y' x=2 y=5 --order 2
        chainrule check 'sum((W @ x)^2)' 'W=[[1, 2], [3, 4]]' 'x=[1, -1]' --claim 'W[0][1]=2'
        chainrule check 'sigmoid(x)' x=0.5 --certify

      --certify encloses the gradient between bounds that are rounded outward: the digits it prints are certain, and a
      claim outside the bounds is refuted, whatever differences say.
      """,
    options: CheckOptions()
  ) { arguments in
    let recorded = try RecordedExpression(arguments, in: .double)
    // Indices only choose; there is no derivative with respect to them.
    let inputs = try recorded.inputs.map(\.node).filter { try $0.value().elementType != .int32 }
    guard !inputs.isEmpty else {
      throw UsageError("there is nothing to differentiate by: the expression reads no input")
    }
    let order = try arguments[\.order] ?? 1
    let rows = try arguments[\.rows] ?? 20
    let format = try arguments[\.format] ?? .text
    let mode = try arguments[\.directions].map { CheckMode.directions($0) } ?? .full
    let claims = try claims(arguments[\.claim])
    let report = try report(on: recorded.result, inputs, order: order, mode: mode, claims: claims)
    let certificate =
      arguments[\.certify]
      ? try Certificate(of: recorded.result, inputs, report: report, halfUnits: claims) : nil
    switch format {
    case .text: print(report.text(limit: rows))
    case .json: print(try json(report))
    }
    if let certificate, format == .text { print(certificate.text(limit: rows)) }
    if certificate?.refutes == true { return 1 }
    switch report.verdict {
    case .agree: return 0
    case .disagree: return 1
    case .inconclusive: return arguments[\.strict] || report.hasOpenDifference ? 1 : 0
    }
  }

  private static func report(
    on result: Node, _ inputs: [Node], order: Int, mode: CheckMode, claims: [String: Claim]
  ) throws -> GradientReport {
    var report = try checkGradients(of: result, withRespectTo: inputs, order: order, mode: mode)
    do {
      // A number that is written 0.390 is meant to three digits, which its value does not tell.
      try report.judge(claims.map { .init($0.key, $0.value.value, half: $0.value.half) })
    } catch let error as ChainRuleError {
      throw UsageError("--claim: \(error.required) is needed, not \(error.got)")
    }
    return report
  }

  private static func json(_ report: GradientReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self)
  }

  /// A number that somebody expects, and half a unit of its last digit as it is written.
  private typealias Claim = (value: Double, half: Double)

  /// Claims such as `W2[0][1]=-0.0290`, by name.
  private static func claims(_ texts: [String]) throws -> [String: Claim] {
    var claims: [String: Claim] = [:]
    for text in texts {
      guard let equals = text.lastIndex(of: "=") else {
        throw UsageError("--claim is written NAME=NUMBER, as in 'W[0][1]=-0.029', not '\(text)'")
      }
      let name = String(text[..<equals].filter { !$0.isWhitespace })
      let digits = text[text.index(after: equals)...].filter { !$0.isWhitespace }
      guard !name.isEmpty, !digits.isEmpty else {
        throw UsageError("--claim is written NAME=NUMBER, as in 'W[0][1]=-0.029', not '\(text)'")
      }
      let value = try Tensor(literal: digits)
      guard value.shape == .scalar, let number = try? value.scalar(), number.isFinite else {
        throw UsageError("--claim needs one number, not '\(digits)'")
      }
      guard claims[name] == nil else { throw UsageError("--claim gives '\(name)' two numbers") }
      guard let half = GradientReport.Claim.halfUnit(ofDigits: digits) else {
        throw UsageError("--claim needs a whole number behind the e of '\(digits)'")
      }
      claims[name] = (number, half)
    }
    return claims
  }
}

struct CheckOptions: CommandOptions {
  enum Format: String, CaseIterable { case text, json }

  let order = Option<Int>("order", "N", "1 for gradients, 2 adds second and 3 third derivatives", in: 1...3)
  let claim = RepeatedOption(
    "claim", "NAME=NUMBER", "a number that somebody expects, to the digits given: 'W[0][1]=-0.029'")
  let directions = Option<Int>(
    "directions", "N", "move all elements at once along N random directions: for large inputs", in: 1...10_000)
  let format = Option<Format>("format", "FORMAT", "text or json")
  let rows = Option<Int>("rows", "N", "rows to print, the worst first; 20 unless given", in: 1...1_000_000)
  let strict = Switch("strict", "inconclusive counts as a failure")
  let certify = Switch("certify", "proves digits of the gradient, and that a claim is wrong, by interval arithmetic")
}
