import ChainRule
import ChainRuleFiles
import ChainRulePage

extension Command {
  static let explain = Command(
    name: "explain", form: "EXPRESSION NAME=VALUE …", summary: "every number of a formula, forward and backward",
    details: """
      \(expressionHelp(":\n" + ExpressionFunction.help()))

        chainrule explain '(x + y) * z' x=-2 y=5 z=-4
        chainrule explain 'h = sigmoid(w * x); (h - 1)^2' w=0.5 x=2 --step
        chainrule explain 'x^4 - 2 * x^2' x=2 --order 2
        chainrule explain 'sum((W @ x)^2)' 'W=[[1, 2], [3, 4]]' 'x=[1, -1]' --output graph.svg
        chainrule explain model.onnx 'x=[[1, 2, 3]]'
      """,
    options: ExplainOptions()
  ) { arguments in
    if ONNXSubject.isOne(arguments.words.first) {
      let subject = try ONNXSubject(arguments.words, in: Graph(arguments[\.single] ? .single : .double))
      let usesScreen = try arguments[\.showing.output] == nil && !arguments[\.showing.step]
      if usesScreen { print(subject.text + "\n") }
      return try show(try subject.number.explain(title: subject.model.path), arguments)
    }
    let recorded = try RecordedExpression(arguments, in: arguments[\.single] ? .single : .double)
    let explanation = try recorded.explanation(arguments)
    return try show(explanation, arguments, page: try recorded.isWhole(arguments) ? recorded.page : nil)
  }

  /// An explanation as the options ask for it: a text or picture on the screen or in a file, or step by step.
  /// - Parameter page: the page where the formula can be changed, in place of one that only shows it.
  static func show(
    _ explanation: Explanation, _ arguments: Arguments<some ShowsExplanations>, page: (() throws -> String)? = nil
  ) throws -> Int32 {
    let digits = try arguments[\.showing.digits] ?? 8
    var output = try arguments[\.showing.output]
    let format = try arguments[\.showing.format] ?? ExplanationFormat(ofFile: output)
    let wantsColor = try (arguments[\.showing.color] ?? .auto).isWanted
    if output == "-" { output = nil }
    if arguments[\.showing.standalone], format != .latex {
      throw UsageError("--standalone goes with LaTeX; name --format latex, or a file that ends in .tex")
    }
    if arguments[\.showing.step] {
      guard output == nil, format == .text else {
        throw UsageError("--step shows text; leave out --format and --output")
      }
      StepThrough(explanation, digits: digits, color: wantsColor).run()
      return 0
    }
    let text =
      try (format == .html ? page?() : nil)
      ?? format.draw(
        explanation, color: output == nil && wantsColor, digits: digits, standalone: arguments[\.showing.standalone],
        width: output == nil ? Terminal.width : nil)
    guard let output else {
      Terminal.show(text.hasSuffix("\n") ? text : text + "\n")
      return 0
    }
    try writeAtomically(Array(text.utf8), to: output)
    let count = explanation.nodes.count
    print("\(output): \(count) node\(count == 1 ? "" : "s") explained as \(format.rawValue)")
    return 0
  }

  /// The language of expressions, with what is to be said of its functions.
  static func expressionHelp(_ functions: String) -> String {
    """
    Expressions: numbers, names, + - * / ^ @ (matrix product), < > == (masks), parentheses, lists [1, 2] and
    [[1, 2], [3, 4]], elements and slices W[0, 1:3], assignments a = …; before the last expression, and
    functions\(functions)
    Values are numbers or lists: x=-2, y=1/3, 'W=[[1, 2], [3, 4]]'.
    """
  }
}

struct ExplainOptions: CommandOptions, ShowsExplanations {
  let showing = ShowingOptions()
  let paths = Option<String>("paths", "NAMES", "also list every path to these inputs, with its product: x,y")
  let along = Option<String>(
    "along", "VALUES", "forward mode beside the gradients, along a direction: 'x=1; y=0'")
  let order = Option<Int>(
    "order", "N", "2 explains the gradient with respect to an input, 3 the gradient of that, …", in: 1...6)
  let jacobians = Switch("jacobians", "also write each small local gradient out as a matrix")
  let by = Option<String>("by", "NAME", "the input that --order differentiates by, the first unless given")
  let single = Switch("single", "compute in single precision")
}

/// An expression with its values, recorded in a graph of its own.
struct RecordedExpression {
  let expression: Expression
  let graph: Graph
  /// The inputs in the order in which they were given.
  let inputs: [(name: String, node: Node)]
  let result: Node
  /// Every name in it, with the node that it stands for.
  let names: [String: Node]

  init(_ arguments: Arguments<some CommandOptions>, in precision: Graph.Precision) throws {
    let (expression, values) = try arguments.expressionAndValues()
    graph = Graph(precision)
    let nodes = expression.inputs(in: graph, values: values.map { ($0.name, $0.tensor) })
    inputs = values.compactMap { value in nodes[value.name].map { (value.name, $0) } }
    let (result, names) = try expression.recordNaming(in: graph, inputs: nodes)
    // Reports call it f, unless the expression gives it a name.
    if result.kind == .operation, !names.values.contains(result), names["f"] == nil { result.named("f") }
    self.result = result
    self.names = names
    self.expression = expression
  }

  /// The page where the formula is typed, opened at it.
  func page() throws -> String {
    let values = try inputs.map { ($0.name, try $0.node.value().literal) }
    return try FormulaPage().html(opening: FormulaPage.address(of: expression.source, values: values))
  }

  /// Whether nothing is asked for that the page has not: higher orders, directions, single precision.
  func isWhole(_ arguments: Arguments<ExplainOptions>) throws -> Bool {
    try arguments[\.order] ?? 1 == 1
      && !(arguments.has(\.along) || arguments.has(\.paths) || arguments[\.jacobians] || arguments[\.single])
  }

  /// An input by name, or what is wrong with the name.
  func input(_ name: String, for option: any DeclaredOption) throws -> Node {
    if let input = inputs.first(where: { $0.name == name }) { return input.node }
    let names = inputs.map(\.name)
    throw UsageError(
      "--\(option.name): no input is called '\(name)'"
        + meant(name, among: names) { names.isEmpty ? "" : "; there are \(names.joined(separator: ", "))" })
  }

  func explanation(_ arguments: Arguments<ExplainOptions>) throws -> Explanation {
    let options = arguments.options
    let paths = try arguments[\.paths].map { try inputs(named: $0, for: options.paths) } ?? []
    let directions = try arguments[\.along].map { try tangents($0, for: options.along) } ?? []
    let order = try arguments[\.order] ?? 1
    let by = try arguments[\.by].map { try input($0, for: options.by) } ?? inputs.first?.node
    if arguments.has(\.by), order == 1 { throw UsageError("--by goes with --order 2 or more") }
    let jacobians = arguments[\.jacobians]
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

  /// Inputs from `x,y`.
  private func inputs(named names: String, for option: any DeclaredOption) throws -> [Node] {
    try names.split { $0 == "," || $0 == " " }.map { try input(String($0), for: option) }
  }

  /// A direction from `x=1; y=0`.
  private func tangents(_ text: String, for option: any DeclaredOption) throws -> [(Node, Tensor)] {
    try text.split(separator: ";").map { part in
      let words = part.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
      guard words.count == 2 else { throw UsageError("--along is written 'x=1; y=0', not '\(part)'") }
      return (try input(words[0], for: option), try Tensor(literal: words[1]))
    }
  }
}

extension Tensor {
  /// As it is typed: `-2`, `[1, 2]`, `[[1, 2], [3, 4]]`.
  fileprivate var literal: String {
    func nested(_ axis: Int, _ start: Int) -> String {
      if axis == shape.rank { return Int(exactly: element(start)).map { "\($0)" } ?? "\(element(start))" }
      let step = shape.dimensions[(axis + 1)...].reduce(1, *)
      return "[" + (0..<shape[axis]).map { nested(axis + 1, start + $0 * step) }.joined(separator: ", ") + "]"
    }
    return nested(0, 0)
  }
}
