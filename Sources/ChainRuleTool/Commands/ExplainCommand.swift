import ChainRule

extension Command {
  static let explain = Command(
    name: "explain", form: "EXPRESSION NAME=VALUE …", summary: "every number of a formula, forward and backward",
    details: """
      \(expressionHelp)

        chainrule explain '(x + y) * z' x=-2 y=5 z=-4
        chainrule explain 'h = sigmoid(w * x); (h - 1)^2' w=0.5 x=2 --step
        chainrule explain 'x^4 - 2 * x^2' x=2 --order 2
        chainrule explain 'sum((W @ x)^2)' 'W=[[1, 2], [3, 4]]' 'x=[1, -1]' --output graph.svg
      """,
    options: showing + [
      Option("paths", "NAMES", "also list every path to these inputs, with its product: x,y"),
      Option("along", "VALUES", "forward mode beside the gradients, along a direction: 'x=1; y=0'"),
      Option("order", "N", "2 explains the gradient with respect to an input, 3 the gradient of that, …"),
      Option("jacobians", nil, "also write each small local gradient out as a matrix"),
      Option("by", "NAME", "the input that --order differentiates by, the first unless given"),
      Option("single", nil, "compute in single precision"),
    ]
  ) { arguments in
    try show(try RecordedExpression(arguments).explanation(arguments), arguments)
  }

  /// An explanation as the options ask for it: a text or picture on the screen or in a file, or step by step.
  static func show(_ explanation: Explanation, _ arguments: Arguments) throws -> Int32 {
    let digits = try arguments.whole("digits", in: 1...17) ?? 8
    var output = arguments.text("output")
    let format = try ExplanationFormat(arguments, output)
    if output == "-" { output = nil }
    if arguments.has("step") {
      guard output == nil, format == .text else {
        throw UsageError("--step shows text; leave out --format and --output")
      }
      StepThrough(explanation, digits: digits, color: try arguments.wantsColor()).run()
      return 0
    }
    let color = try output == nil && arguments.wantsColor()
    let text = format.draw(explanation, color: color, digits: digits, standalone: arguments.has("standalone"))
    guard let output else {
      Terminal.show(text.hasSuffix("\n") ? text : text + "\n")
      return 0
    }
    try write(text, to: output)
    let count = explanation.nodes.count
    print("\(output): \(count) node\(count == 1 ? "" : "s") explained as \(format.rawValue)")
    return 0
  }

  /// How an explanation is shown; shared by the commands that show one.
  static let showing: [Option] = [
    Option("format", "FORMAT", ExplanationFormat.allCases.map(\.rawValue).joined(separator: ", ")),
    Option("output", "FILE", "write to a file, - for the screen; its ending chooses the format"),
    Option("step", nil, "a step at a time, a key for each (all of them where the input is not a terminal)"),
    Option("digits", "N", "significant digits, 8 unless given"),
    Option("standalone", nil, "LaTeX as a whole document"),
    Option("color", "WHEN", "auto, always or never"),
  ]

  static let expressionHelp = """
    Expressions: numbers, names, + - * / ^ @ (matrix product), < > == (masks), parentheses, lists [1, 2] and
    [[1, 2], [3, 4]], elements and slices W[0, 1:3], assignments a = …; before the last expression, and functions:
    \(functionList())
    Values are numbers or lists: x=-2, y=1/3, 'W=[[1, 2], [3, 4]]'.
    """

  private static func functionList() -> String {
    var lines: [String] = []
    var line = " "
    for name in ExpressionFunction.all.map(\.name) {
      if line.count + name.count > 108 {
        lines.append(line)
        line = " "
      }
      line += " " + name
    }
    return (lines + [line]).joined(separator: "\n")
  }
}

/// An expression with its values, recorded in a graph of its own.
struct RecordedExpression {
  let expression: Expression
  let graph: Graph
  /// The inputs in the order in which they were given.
  let inputs: [(name: String, node: Node)]
  let result: Node

  init(_ arguments: Arguments) throws {
    let (expression, values) = try arguments.expressionAndValues()
    graph = Graph(arguments.has("single") ? .single : .double)
    let nodes = expression.inputs(in: graph, values: values.map { ($0.name, $0.tensor) })
    inputs = values.compactMap { value in nodes[value.name].map { (value.name, $0) } }
    let (result, names) = try expression.recordNaming(in: graph, inputs: nodes)
    // Reports call it f, unless the expression gives it a name.
    if result.kind == .operation, !names.values.contains(result), names["f"] == nil { result.named("f") }
    self.result = result
    self.expression = expression
  }

  /// An input by name, or what is wrong with the name.
  func input(_ name: String, for option: String) throws -> Node {
    if let input = inputs.first(where: { $0.name == name }) { return input.node }
    let meant = suggestion(for: name, among: inputs.map(\.name)).map { "; did you mean '\($0)'?" }
    throw UsageError(
      "--\(option): no input is called '\(name)'"
        + (meant ?? (inputs.isEmpty ? "" : "; there are \(inputs.map(\.name).joined(separator: ", "))")))
  }

  func explanation(_ arguments: Arguments) throws -> Explanation {
    let paths = try (arguments.text("paths") ?? "").split { $0 == "," || $0 == " " }
      .map { try input(String($0), for: "paths") }
    let directions = try (arguments.text("along") ?? "").split(separator: ";").map { part in
      let words = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
      guard words.count == 2 else { throw UsageError("--along is written 'x=1; y=0', not '\(part)'") }
      return (try input(words[0], for: "along"), try Tensor(literal: words[1]))
    }
    let order = try arguments.whole("order", in: 1...6) ?? 1
    let by = try arguments.text("by").map { try input($0, for: "by") } ?? inputs.first?.node
    if arguments.has("by"), order == 1 { throw UsageError("--by goes with --order 2 or more") }
    let jacobians = arguments.has("jacobians")
    let source = expression.source.contains("\n") ? nil : expression.source
    guard order > 1, let by else {
      return try result.explain(title: source, paths: paths, tangents: directions, jacobians: jacobians)
    }
    var derivative = result
    for _ in 1..<order {
      let ones = graph.constant(Tensor(shape: derivative.shape, repeating: 1))
      derivative = try derivative.gradients(withRespectTo: [by], upstream: ones)[0]
    }
    let degree = order == 2 ? "" : "^\(order - 1)"
    let symbol = "∂\(degree)/∂\(by.label ?? "x")\(degree)"
    return try derivative.explain(
      title: "\(symbol) (\(source ?? "f"))", paths: paths, tangents: directions, jacobians: jacobians)
  }
}

/// What an explanation can be drawn as.
enum ExplanationFormat: String, CaseIterable {
  case text, svg, html, latex, dot, mermaid, json

  /// The format asked for, or the one that the file's ending stands for.
  init(_ arguments: Arguments, _ output: String?) throws {
    if let name = try arguments.choice("format", of: Self.allCases.map(\.rawValue)), let format = Self(rawValue: name) {
      self = format
      return
    }
    guard let output, output != "-" else {
      self = .text
      return
    }
    guard let ending = Self.ending(of: output) else {
      self = .text
      return
    }
    guard let format = Self.endings[ending] else {
      throw UsageError(
        "no format is written to files ending in .\(ending); "
          + "end in .txt, .svg, .html, .tex, .dot, .mmd or .json, or name a --format")
    }
    self = format
  }

  private static let endings: [String: Self] = [
    "txt": .text, "text": .text, "svg": .svg, "html": .html, "htm": .html, "tex": .latex, "latex": .latex, "dot": .dot,
    "gv": .dot, "mmd": .mermaid, "mermaid": .mermaid, "md": .mermaid, "json": .json,
  ]

  /// What follows the last point of the file's own name.
  private static func ending(of output: String) -> String? {
    let parts = (output.split(separator: "/").last ?? "").split(separator: ".", omittingEmptySubsequences: false)
    return parts.count > 1 ? parts.last?.lowercased() : nil
  }

  func draw(_ explanation: Explanation, color: Bool, digits: Int, standalone: Bool) -> String {
    switch self {
    case .text: explanation.text(color: color, digits: digits)
    case .svg: explanation.svg()
    case .html: explanation.html()
    case .latex: explanation.latex(standalone: standalone)
    case .dot: explanation.dot()
    case .mermaid: explanation.mermaid()
    case .json: explanation.json()
    }
  }
}

extension Arguments {
  func wantsColor() throws -> Bool {
    switch try choice("color", of: ["auto", "always", "never"]) {
    case "always": true
    case "never": false
    default: Terminal.wantsColor
    }
  }
}
