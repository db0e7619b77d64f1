import ChainRule

extension Command {
  static let check = Command(
    name: "check", form: "EXPRESSION NAME=VALUE …", summary: "the gradients of a formula against function values alone",
    details: """
      \(expressionHelp(" (chainrule explain --help lists them)."))

      Every element is differentiated numerically with an error bar of its own: agree, disagree or inconclusive. The
      status is 1 if anything disagrees, has no derivative here, or differs by many bars without having been decided;
      what rounding alone leaves inconclusive counts as well with --strict.

        chainrule check 'sigmoid(w0*x0 + w1*x1 + w2)' w0=2 x0=-1 w1=-3 x1=-2 w2=-3
        chainrule check 'x^3 * y' x=2 y=5 --order 2
        chainrule check 'sum((W @ x)^2)' 'W=[[1, 2], [3, 4]]' 'x=[1, -1]' --claim 'W[0][1]=2'
        chainrule check 'sigmoid(x)' x=0.5 --certify
        chainrule check 'sigmoid(x)' --claim 'x = exp(-x)/(1+exp(x))^2'
        chainrule check 'sum((W @ x - y)^2)' 'W=[m, n]' --claim '\\frac{\\partial L}{\\partial W} = 2 (W x - y) x^\\top'

      A claim is about an input (its gradient), a derivative (∂L/∂h, dh, ∂a/∂z) or a name of the expression (its value).
      Numbers are judged to the digits written. Formulas, also in LaTeX, are judged at many values of the inputs:
      identical (proved), agrees at N points, agrees where …, or disagree, with a point that shows it and the nearest
      formula that agrees. They need no values, only lengths where inputs are vectors: x=[n].

      --certify encloses the gradient between bounds that are rounded outward: the digits it prints are certain, and a
      claim outside the bounds is refuted, whatever differences say. With ranges, x=-1...2, it proves that a formula differs
      by at most 1e-6 over the whole box, or names a part where it does not.
      """,
    options: CheckOptions()
  ) { arguments in
    if ONNXSubject.isOne(arguments.words.first) {
      return try check(ONNXSubject(arguments.words, in: Graph()), arguments)
    }
    if let file = try arguments[\.derivation] { return try CheckedDerivation(file, arguments).judge(arguments) }
    let claims = try arguments[\.claim].map { try TypedClaim($0) }
    var numbered: Set<String> = []
    for claim in claims where claim.number != nil && !numbered.insert(claim.element).inserted {
      throw UsageError("--claim gives '\(claim.name)' two numbers")
    }
    if let formulas = try FormulaClaims(arguments, claims) { return try formulas.judge(arguments) }
    let recorded = try RecordedExpression(arguments, in: .double)
    // Indices only choose; there is no derivative with respect to them.
    let inputs = try recorded.inputs.map(\.node).filter { try $0.value().elementType != .int32 }
    guard !inputs.isEmpty else {
      throw UsageError("there is nothing to differentiate by: the expression reads no input")
    }
    let order = try arguments[\.order] ?? 1
    let mode = try arguments[\.directions].map { CheckMode.directions($0) } ?? .full
    var report = try checkGradients(of: recorded.result, withRespectTo: inputs, order: order, mode: mode)
    try judge(claims, recorded, &report)
    if try arguments[\.format] ?? .text == .text { try showSteps(recorded, arguments) }
    let certificate =
      arguments[\.certify] ? try Certificate(of: recorded.result, inputs, report: report, claims: claims) : nil
    try show(report, arguments)
    if let certificate, try arguments[\.format] ?? .text == .text {
      print(certificate.text(limit: try arguments[\.rows] ?? 20))
    }
    return certificate?.refutes == true ? 1 : status(of: report, arguments)
  }

  /// The gradients of a model, by its inputs and its parameters; many numbers are moved along directions.
  private static func check(_ subject: ONNXSubject, _ arguments: Arguments<CheckOptions>) throws -> Int32 {
    let count = subject.leaves.map(\.shape.elementCount).reduce(0, +)
    let mode = try arguments[\.directions].map { CheckMode.directions($0) } ?? (count > 500 ? .directions(8) : .full)
    let report = try checkGradients(
      of: subject.number, withRespectTo: subject.leaves, order: try arguments[\.order] ?? 1, mode: mode)
    try show(report, arguments)
    return status(of: report, arguments)
  }

  /// What `--update` and `--table` ask for.
  private static func showSteps(_ recorded: RecordedExpression, _ arguments: Arguments<CheckOptions>) throws {
    if let rate = try arguments[\.update] {
      print(try DescentStep(of: recorded.result, recorded.inputs, rate: rate).lines.joined(separator: "\n"))
    }
    guard arguments[\.table] else { return }
    for (name, node) in recorded.inputs.prefix(4) {
      print(try DifferenceTable(of: recorded.result, by: node, name).text)
    }
  }

  /// Numbers of checked elements beside both sides, and every other claim as a formula or a value.
  private static func judge(
    _ claims: [TypedClaim], _ recorded: RecordedExpression, _ report: inout GradientReport
  ) throws {
    var graph: ClaimedGraph?
    for claim in claims {
      do {
        if let number = claim.number, try report.judgeNumber(claim.name, number.value, half: number.half) { continue }
      } catch let error as ChainRuleError {
        throw UsageError("--claim: \(error.required) is needed, not \(error.got)")
      }
      let known = try graph ?? ClaimedGraph(output: recorded.result, names: recorded.names)
      graph = known
      report.judgedClaims.append(try claim.judged(in: known))
    }
  }

  static func show(_ report: GradientReport, _ arguments: Arguments<CheckOptions>) throws {
    switch try arguments[\.format] ?? .text {
    case .text: print(report.text(limit: try arguments[\.rows] ?? 20))
    case .json: print(try jsonText(report))
    }
  }

  static func status(of report: GradientReport, _ arguments: Arguments<CheckOptions>) -> Int32 {
    switch report.verdict {
    case .agree: 0
    case .disagree: 1
    case .inconclusive: arguments[\.strict] || report.hasOpenDifference || report.lacksDerivative ? 1 : 0
    }
  }
}

struct CheckOptions: CommandOptions {
  enum Format: String, CaseIterable { case text, json }

  let order = Option<Int>("order", "N", "1 for gradients, 2 adds second and 3 third derivatives", in: 1...3)
  let claim = RepeatedOption(
    "claim", "NAME=CLAIM", "what somebody expects: a number, 'W[0][1]=-0.029', or a formula, 'W=(a - y) x^T'")
  let derivation = Option<String>(
    "derivation", "FILE", "judges the lines of a derivation, ∂L/∂a = …, and names the first that is wrong")
  let table = Switch(
    "table", "differences over h = 1, 0.1 … 1e-15 beside the derivative, of each input's first element")
  let update = Option<Double>(
    "update", "RATE", "one step of gradient descent: w − RATE·∂f/∂w, and the new value", above: 0)
  let directions = Option<Int>(
    "directions", "N", "move all elements at once along N random directions: for large inputs", in: 1...10_000)
  let format = Option<Format>("format", "FORMAT", "text or json")
  let rows = Option<Int>("rows", "N", "rows to print, the worst first; 20 unless given", in: 1...1_000_000)
  let strict = Switch("strict", "inconclusive counts as a failure")
  let certify = Switch("certify", "proves digits of the gradient, and that a claim is wrong, by interval arithmetic")
}
