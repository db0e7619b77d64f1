import ChainRule

extension Command {
  static let explain = Command(
    name: "explain", form: "EXPRESSION NAME=VALUE …", summary: "every number of a formula, forward and backward",
    details: """
      \(expressionHelp)

        chainrule explain '(x + y) * z' x=-2 y=5 z=-4
        chainrule explain 'h = sigmoid(w * x); (h - 1)^2' w=0.5 x=2 --step
        chainrule explain 'sum((W @ x)^2)' 'W=[[1, 2], [3, 4]]' 'x=[1, -1]' --output graph.svg
      """,
    options: [
      Option("format", "FORMAT", ExplanationFormat.allCases.map(\.rawValue).joined(separator: ", ")),
      Option("output", "FILE", "write to a file; its ending chooses the format"),
      Option("paths", "NAMES", "also list every path to these inputs, with its product: x,y"),
      Option("along", "VALUES", "forward mode beside the gradients, along a direction: 'x=1; y=0'"),
      Option("step", nil, "a step at a time, a key for each (all of them where the input is not a terminal)"),
      Option("digits", "N", "significant digits, 8 unless given"),
      Option("single", nil, "compute in single precision"),
      Option("standalone", nil, "LaTeX as a whole document"),
      Option("color", "WHEN", "auto, always or never"),
    ]
  ) { arguments in
    let recorded = try RecordedExpression(arguments)
    let digits = try arguments.whole("digits", in: 1...17) ?? 8
    let output = arguments.text("output")
    let format = try ExplanationFormat(arguments, output)
    let explanation = try recorded.explanation(arguments)
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
    print("\(output): \(explanation.nodes.count) nodes explained as \(format.rawValue)")
    return 0
  }

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
    return try result.explain(
      title: expression.source.contains("\n") ? nil : expression.source, paths: paths, tangents: directions)
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
    let ending = output.flatMap { $0.split(separator: ".").last }.map { $0.lowercased() } ?? "text"
    switch ending {
    case "tex": self = .latex
    case "htm": self = .html
    case "gv": self = .dot
    case "mmd", "md": self = .mermaid
    default: self = Self(rawValue: ending) ?? .text
    }
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
