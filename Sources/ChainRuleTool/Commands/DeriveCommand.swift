import ChainRule

extension Command {
  static let derive = Command(
    name: "derive", form: "EXPRESSION [NAMES] [NAME=VALUE or NAME=[m, n] …]",
    summary: "the gradient of a formula as a formula",
    details: """
      NAMES are the inputs to differentiate by, all unless given. Inputs without a value or a shape are scalars; beside
      shapes in letters, theirs are the first that fit, and are printed. What is printed can be typed in again.

        chainrule derive 'sigmoid(w * x)' w
        chainrule derive 'log(x) / y' x y --order 2
        chainrule derive 'sum((W @ x - y)^2)' W 'W=[m, n]'
      """,
    options: DeriveOptions()
  ) { arguments in
    let request = try DeriveRequest(arguments)
    for line in try request.lines(as: arguments[\.format] ?? .text) { print(line) }
    return 0
  }
}

struct DeriveOptions: CommandOptions {
  let format = Option<DeriveFormat>("format", "KIND", "text or latex, text unless given")
  let order = Option<Int>("order", "N", "2 gives the second derivatives by scalars", in: 1...2)
}

enum DeriveFormat: String, CaseIterable {
  case text, latex
}

/// What `chainrule derive` was asked: an expression, names, and a size for each input.
struct DeriveRequest {
  let expression: Expression
  let names: [String]
  let order: Int
  /// A derivative by one name or two.
  typealias Derivative = (by: [String], formula: Formula)
  private var shapes = InputShapes()

  init(_ arguments: Arguments<DeriveOptions>) throws {
    order = try arguments[\.order] ?? 1
    var words: [String] = []
    for word in arguments.words {
      guard let (name, text) = assignment(word) else {
        words.append(word)
        continue
      }
      try shapes.take(name, text)
    }
    guard let source = words.first else {
      throw UsageError("no expression is given; write for instance chainrule derive 'sigmoid(w * x)' w")
    }
    let expression = try Expression(source, names: Set(shapes.given.keys))
    self.expression = expression
    let wanted = words.dropFirst().flatMap { $0.split { $0 == "," || $0 == " " }.map(String.init) }
      .filter { !["by", "with", "respect", "to"].contains($0) || expression.inputs.contains($0) }
    for name in wanted + shapes.given.keys.sorted() where !expression.reads(name) {
      throw UsageError(
        "the expression does not read '\(name)'"
          + meant(name, among: expression.inputs) { "; it reads \(expression.inputs.joined(separator: ", "))" })
    }
    names = wanted.isEmpty ? expression.inputs.filter(expression.reads) : wanted
    guard !names.isEmpty else { throw UsageError("the expression reads no input to differentiate by") }
  }

  // MARK: Deriving

  func lines(as format: DeriveFormat) throws -> [String] {
    let letters = shapes.letters
    let free = expression.inputs.filter { shapes.given[$0] == nil }
    let (chosen, first) = try shapes.firstThatFits(free) { try derive(shapes.shapes($0, .first)) }
    if !letters.isEmpty {
      let second = try derive(shapes.shapes(chosen, .second))
      guard second.map(\.formula.text) == first.map(\.formula.text) else {
        throw UsageError("the gradient depends on the lengths \(letters.joined(separator: ", ")); give values")
      }
    }
    let sizes = shapes.guesses(chosen)
    switch format {
    case .text:
      return sizes + first.map { "∂\($0.by.count > 1 ? "²" : "")f/\(Self.symbol($0.by)) = \($0.formula.text)" }
    case .latex:
      let lines = first.map { derivative in
        let below = derivative.by.map { "\\partial \(Formula.name($0, .init(rows: 1, columns: 1)).latex)" }
        let above = "\\partial\(derivative.by.count > 1 ? "^{2}" : "") f"
        return "  \\frac{\(above)}{\(below.joined(separator: " \\, "))} &= \(derivative.formula.latex)"
      }
      return ["\\begin{aligned}"] + lines.joined(separator: " \\\\\n").split(separator: "\n").map(String.init)
        + ["\\end{aligned}"]
    }
  }

  private static func symbol(_ names: [String]) -> String {
    names.count > 1 && names[0] == names[1] ? "∂\(names[0])²" : names.map { "∂" + $0 }.joined()
  }

  private func derive(_ shapes: [String: Shape]) throws -> [Derivative] {
    let graph = Graph(.double)
    let values = expression.inputs.map { ($0, Tensor(shape: shapes[$0] ?? .scalar, repeating: 0.5)) }
    let inputs = expression.inputs(in: graph, values: values)
    let result = try expression.record(in: graph, inputs: inputs)
    let nodes = names.compactMap { inputs[$0] }
    guard order > 1 else {
      return try result.derivation(withRespectTo: nodes).gradients.map { ([$0.name], $0.formula) }
    }
    return try zip(nodes.indices, result.gradients(withRespectTo: nodes)).flatMap { index, gradient in
      guard gradient.shape.rank == 0 else {
        throw UsageError("--order 2 needs scalars, and '\(names[index])' has shape \(gradient.shape)")
      }
      let others = Array(nodes[index...])
      return try gradient.derivation(withRespectTo: others).gradients.map { ([names[index], $0.name], $0.formula) }
    }
  }
}
