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
  /// A length as it was given, a number or a letter.
  typealias Lengths = [String]

  let expression: Expression
  let names: [String]
  let order: Int
  /// A derivative by one name or two.
  typealias Derivative = (by: [String], formula: Formula)
  private var shapes: [String: Lengths] = [:]

  init(_ arguments: Arguments<DeriveOptions>) throws {
    order = try arguments[\.order] ?? 1
    var words: [String] = []
    for word in arguments.words {
      guard let (name, text) = assignment(word) else {
        words.append(word)
        continue
      }
      guard shapes[name] == nil else { throw UsageError("'\(name)' is given twice") }
      shapes[name] = try Self.lengths(of: name, text)
    }
    guard let source = words.first else {
      throw UsageError("no expression is given; write for instance chainrule derive 'sigmoid(w * x)' w")
    }
    let expression = try Expression(source, names: Set(shapes.keys))
    self.expression = expression
    let wanted = words.dropFirst().flatMap { $0.split { $0 == "," || $0 == " " }.map(String.init) }
      .filter { !["by", "with", "respect", "to"].contains($0) || expression.inputs.contains($0) }
    for name in wanted + shapes.keys.sorted() where !expression.reads(name) {
      throw UsageError(
        "the expression does not read '\(name)'"
          + meant(name, among: expression.inputs) { "; it reads \(expression.inputs.joined(separator: ", "))" })
    }
    names = wanted.isEmpty ? expression.inputs.filter(expression.reads) : wanted
    guard !names.isEmpty else { throw UsageError("the expression reads no input to differentiate by") }
  }

  /// `[m, n]` gives letters, `[[1, 2]]` the lengths of its value.
  private static func lengths(of name: String, _ text: String) throws -> Lengths {
    let inner = text.filter { !$0.isWhitespace }
    if inner.hasPrefix("["), inner.hasSuffix("]") {
      let parts = inner.dropFirst().dropLast().split(separator: ",").map(String.init)
      let isLetter = parts.map { $0.first?.isLetter == true && $0.allSatisfy { $0.isLetter || $0.isNumber } }
      if isLetter.contains(true), zip(parts, isLetter).allSatisfy({ $1 || Int($0) ?? 0 > 0 }) { return parts }
    }
    do { return try Tensor(literal: text).shape.dimensions.map(String.init) } catch {
      throw UsageError("the value of '\(name)': \(error)")
    }
  }

  // MARK: Deriving

  func lines(as format: DeriveFormat) throws -> [String] {
    let letters = Set(shapes.values.joined().filter { Int($0) == nil }).sorted()
    let (chosen, first) = try derivation(letters)
    if !letters.isEmpty {
      let second = try derive(chosen, sizes(of: letters, Self.others))
      guard second.map(\.formula.text) == first.map(\.formula.text) else {
        throw UsageError("the gradient depends on the lengths \(letters.joined(separator: ", ")); give values")
      }
    }
    let guessed = chosen.keys.filter { shapes[$0] == nil && !letters.isEmpty }.sorted()
    let sizes = guessed.map { name in
      let lengths = chosen[name] ?? []
      return "\(name): \(lengths.isEmpty ? "a scalar" : lengths.joined(separator: " × "))"
    }
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

  private static let primes = [5, 7, 11, 13, 17, 19, 23], others = [3, 11, 13, 7, 23, 29, 31]

  private func sizes(of letters: [String], _ lengths: [Int]) throws -> [String: Int] {
    guard letters.count <= lengths.count else { throw UsageError("at most \(lengths.count) letters stand for lengths") }
    return Dictionary(uniqueKeysWithValues: zip(letters, lengths))
  }

  /// The derivation with the first shapes that fit for inputs without one.
  private func derivation(_ letters: [String]) throws -> ([String: Lengths], [Derivative]) {
    let sizes = try sizes(of: letters, Self.primes)
    let free = expression.inputs.filter { shapes[$0] == nil }
    var choices: [Lengths] = letters.map { [$0] } + [[]]
    for a in letters { choices += letters.map { [a, $0] } }
    let count = free.reduce(1) { count, _ in Swift.min(count * choices.count, 2000) }
    var problem: (any Error)?
    for number in 0..<count {
      var chosen = shapes, rest = number
      for name in free {
        chosen[name] = choices[rest % choices.count]
        rest /= choices.count
      }
      do { return (chosen, try derive(chosen, sizes)) } catch {
        // What fits and has no notation says more than what does not fit.
        let isRefusal = (error as? ChainRuleError)?.origin == "derivation"
        if problem == nil || isRefusal && !((problem as? ChainRuleError)?.origin == "derivation") { problem = error }
      }
    }
    throw UsageError("\(problem.map { "\($0)" } ?? "no shapes fit")")
  }

  private func derive(_ shapes: [String: Lengths], _ sizes: [String: Int]) throws -> [Derivative] {
    let graph = Graph(.double)
    let values = expression.inputs.map { name in
      let lengths = (shapes[name] ?? []).map { Int($0) ?? sizes[$0] ?? 1 }
      return (name, Tensor(shape: Shape(lengths), repeating: 0.5))
    }
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
