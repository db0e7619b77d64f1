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
    let request = try DeriveRequest(arguments), format = try arguments[\.format] ?? .text
    let lines: [String]
    do { lines = try request.lines(as: format) } catch {
      // Where a list of numbers fits as no value, it may have been meant as lengths.
      guard let other = request.withListsAsLengths, let found = try? other.lines(as: format) else { throw error }
      lines = found
    }
    for line in lines { print(line) }
    return 0
  }
}

struct DeriveOptions: CommandOptions {
  let format = Option<DeriveFormat>(
    "format", "KIND", "text, latex, mathml, json or swift (functions of this library); text unless given")
  let order = Option<Int>("order", "N", "2 gives the second derivatives, Hessians of vectors", in: 1...2)
  let steps = Switch("steps", "the derivation line by line, each gradient from those after it, with its rule")
  let oneHot = Option<String>("one-hot", "NAMES", "vectors, or matrices of rows, whose elements add up to 1: labels")
  let symmetric = Option<String>("symmetric", "NAMES", "matrices that are their own transposes in what is printed")
}

enum DeriveFormat: String, CaseIterable {
  case text, latex, mathml, json, swift
}

/// What `chainrule derive` was asked: an expression, names, and a size for each input.
struct DeriveRequest {
  let expression: Expression
  let names: [String]
  let order: Int
  /// A derivative by one name or two.
  typealias Derivative = (by: [String], formula: Formula)
  private var shapes = InputShapes()
  private let writesSteps: Bool
  /// Vectors whose elements add up to 1, and symmetric matrices.
  private let oneHot: Set<String>, symmetric: Set<String>

  init(_ arguments: Arguments<DeriveOptions>) throws {
    order = try arguments[\.order] ?? 1
    writesSteps = arguments[\.steps]
    func listed(_ list: String?) -> Set<String> { Set(list?.split { $0 == "," || $0 == " " }.map(String.init) ?? []) }
    (oneHot, symmetric) = (listed(try arguments[\.oneHot]), listed(try arguments[\.symmetric]))
    if writesSteps, order > 1 { throw UsageError("--steps goes with first derivatives, without --order 2") }
    var words: [String] = []
    for word in arguments.words {
      guard let (name, text) = assignment(word) else {
        words.append(word)
        continue
      }
      try shapes.take(name, text)
    }
    shapes.settle()
    guard let source = words.first else {
      throw UsageError("no expression is given; write for instance chainrule derive 'sigmoid(w * x)' w")
    }
    let expression = try Expression(source, names: Set(shapes.given.keys))
    self.expression = expression
    let wanted = words.dropFirst().flatMap { $0.split { $0 == "," || $0 == " " }.map(String.init) }
      .filter { !["by", "with", "respect", "to"].contains($0) || expression.inputs.contains($0) }
    let assigned = Self.assigned(in: expression)
    for name in wanted + shapes.given.keys.sorted() + oneHot.union(symmetric).subtracting(assigned).sorted()
    where !expression.reads(name) {
      throw UsageError(
        "the expression does not read '\(name)'"
          + meant(name, among: expression.inputs) { "; it reads \(expression.inputs.joined(separator: ", "))" })
    }
    names = wanted.isEmpty ? expression.inputs.filter(expression.reads) : wanted
    guard !names.isEmpty else { throw UsageError("the expression reads no input to differentiate by") }
  }

  /// The same request with `M=[3, 3]` read as lengths; nothing where no input is given like that.
  var withListsAsLengths: DeriveRequest? {
    var other = self
    guard let shapes = shapes.withListsAsLengths else { return nil }
    other.shapes = shapes
    return other
  }

  // MARK: Deriving

  func lines(as format: DeriveFormat) throws -> [String] {
    let free = expression.inputs.filter { shapes.given[$0] == nil }
    let (chosen, first) = try derived(free)
    let sizes = shapes.guesses(chosen)
    if writesSteps {
      guard format == .text else { throw UsageError("--steps writes text; leave --format out") }
      return sizes + Self.table(first.steps)
    }
    switch format {
    case .text: return sizes + first.parts.map(Self.line) + first.short.map { Self.line($0) }
    case .latex: return ["\\begin{aligned}"] + latex(first) + ["\\end{aligned}"]
    case .mathml: return first.parts.map(\.formula).isEmpty ? first.short.map(Self.mathML) : mathML(first)
    case .json: return [try json(first, sizes)]
    case .swift: return try swift(first)
    }
  }

  private static func line(_ part: Derivation.Named) -> String { "\(part.name) = \(part.formula.text)" }
  private static func line(_ derivative: Derivative) -> String {
    "\(symbol(derivative)) = \(derivative.formula.text)"
  }

  private static func symbol(_ derivative: Derivative) -> String {
    "∂\(derivative.by.count > 1 ? "²" : "")f/\(symbol(derivative.by))"
  }

  private func latex(_ derived: Derivatives) -> [String] {
    let parts = derived.parts.map { "  \(Formula.name($0.name, $0.formula.size).latex) &= \($0.formula.latex)" }
    let lines =
      parts
      + derived.short.map { derivative in
        let below = derivative.by.map { "\\partial \(Formula.name($0, .init(rows: 1, columns: 1)).latex)" }
        let above = "\\partial\(derivative.by.count > 1 ? "^{2}" : "") f"
        return "  \\frac{\(above)}{\(below.joined(separator: " \\, "))} &= \(derivative.formula.latex)"
      }
    return lines.joined(separator: " \\\\\n").split(separator: "\n").map(String.init)
  }

  private static func mathML(_ derivative: Derivative) -> String {
    let order = derivative.by.count > 1 ? "<msup><mo>∂</mo><mn>2</mn></msup>" : "<mo>∂</mo>"
    let below = derivative.by.map { "<mo>∂</mo>" + Formula.name($0, .init(rows: 1, columns: 1)).mathML }.joined()
    return "<math display=\"block\"><mfrac><mrow>\(order)<mi>f</mi></mrow><mrow>\(below)</mrow></mfrac><mo>=</mo>"
      + "\(derivative.formula.mathML)</math>"
  }

  private func mathML(_ derived: Derivatives) -> [String] {
    derived.parts.map { part in
      "<math display=\"block\">\(Formula.name(part.name, part.formula.size).mathML)<mo>=</mo>\(part.formula.mathML)</math>"
    } + derived.short.map(Self.mathML)
  }

  /// A derivative as data: by what it is, and the formula in every notation.
  private struct Written: Encodable {
    let by: [String], symbol: String, text: String, latex: String, mathml: String
  }

  private struct Page: Encodable {
    let expression: String, shapes: [String]
    let parts: [Written], derivatives: [Written], whole: [Written]
  }

  private func json(_ derived: Derivatives, _ sizes: [String]) throws -> String {
    func written(_ by: [String], _ symbol: String, _ formula: Formula) -> Written {
      Written(by: by, symbol: symbol, text: formula.text, latex: formula.latex, mathml: formula.mathML)
    }
    return try jsonText(
      Page(
        expression: expression.source, shapes: sizes,
        parts: derived.parts.map { written([], $0.name, $0.formula) },
        derivatives: derived.short.map { written($0.by, Self.symbol($0), $0.formula) },
        whole: derived.whole.map { written($0.by, Self.symbol($0), $0.formula) }))
  }

  /// A function of the library's operations for each derivative.
  private func swift(_ derived: Derivatives) throws -> [String] {
    try ["import ChainRule"]
      + derived.whole.map { derivative in
        let name = "gradient" + derivative.by.map { "By" + $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return "\n" + (try derivative.formula.swift(function: name, inputs: expression.inputs))
      }
  }

  private static func symbol(_ names: [String]) -> String {
    names.count > 1 && names[0] == names[1] ? "∂\(names[0])²" : names.map { "∂" + $0 }.joined()
  }

  /// The names that an expression gives to parts of itself.
  private static func assigned(in expression: Expression) -> Set<String> {
    Set(expression.pieces.compactMap { if case .assignment(let name, _) = $0.kind { name } else { nil } })
  }

  /// The derivatives with letters for lengths, and what was chosen for inputs without any.
  private func derived(_ free: [String]) throws -> ([String: InputShapes.Lengths], Derivatives) {
    let assigned = Self.assigned(in: expression)
    // Where there are shapes with which the expression is one number, it is meant as one.
    let isOfOneNumber = (try? shapes.firstThatFits(free) { try requireNumber(shapes.shapes($0, .first)) }) != nil
    var (chosen, first) = try shapes.firstThatFits(free, exponents: expression.namesInExponents) {
      let sizes = try shapes.shapes($0, .first)
      if isOfOneNumber { try requireNumber(sizes) }
      return try derive(sizes).knowing(oneHot, symmetric, assigned: assigned)
    }
    guard !shapes.letters.isEmpty else { return (chosen, first) }
    let second = try derive(shapes.shapes(chosen, .second)).knowing(oneHot, symmetric, assigned: assigned),
      lengths = shapes.lengths
    func unified(_ a: Formula, _ b: Formula) throws -> Formula {
      if let formula = a.unified(with: b, lengths: lengths) { return formula }
      throw UsageError("the gradient depends on the lengths \(shapes.letters.joined(separator: ", ")); give values")
    }
    first.steps = try zip(first.steps, second.steps).map {
      DerivationStep(symbol: $0.symbol, formula: try unified($0.formula, $1.formula), rule: $0.rule)
    }
    first.whole = try zip(first.whole, second.whole).map { ($0.by, try unified($0.formula, $1.formula)) }
    if first.parts.count == second.parts.count,
      let parts = try? zip(first.parts, second.parts).map({ ($0.name, try unified($0.formula, $1.formula)) }),
      let short = try? zip(first.short, second.short).map({ ($0.by, try unified($0.formula, $1.formula)) })
    {
      (first.parts, first.short) = (parts, short)
    } else {
      (first.parts, first.short) = ([], first.whole)
    }
    return (chosen, first)
  }

  /// The derivatives, and the same with names for parts.
  private struct Derivatives {
    var parts: [Derivation.Named], short: [Derivative], whole: [Derivative]
    var steps: [DerivationStep] = []

    /// Σ y is 1 for some vectors y, and Aᵀ is A for some matrices.
    func knowing(_ oneHot: Set<String>, _ symmetric: Set<String>, assigned: Set<String>) -> Derivatives {
      if oneHot.isEmpty && symmetric.isEmpty { return self }
      func known(_ formula: Formula) -> Formula {
        let formula = oneHot.isEmpty ? formula : formula.wherePartsAddUpToOne(oneHot)
        return symmetric.isEmpty ? formula : formula.whereSymmetric(symmetric)
      }
      var copy = self
      copy.parts = parts.map { ($0.name, known($0.formula)) }
      copy.short = short.map { ($0.by, known($0.formula)) }
      copy.whole = whole.map { ($0.by, known($0.formula)) }
      copy.steps = steps.map { DerivationStep(symbol: $0.symbol, formula: known($0.formula), rule: $0.rule) }
      // Names of the formula's own stay; of the others, what was worth a name may be worth none now.
      guard !parts.contains(where: { assigned.contains($0.name) }) else { return copy }
      let again = copy.whole.map { (name: $0.by.joined(), formula: $0.formula) }.withNamesForParts()
      copy.parts = again.parts
      copy.short = zip(copy.whole, again.gradients).map { ($0.by, $1.formula) }
      return copy
    }
  }

  private static func table(_ steps: [DerivationStep]) -> [String] {
    let lines = steps.map { "\($0.symbol) = \($0.formula.text)" }
    let width = Swift.min(lines.map(\.count).max() ?? 0, 60)
    return zip(lines, steps).map { line, step in
      step.rule.isEmpty ? line : line.padded(to: width) + "   (\(step.rule))"
    }
  }

  private func requireNumber(_ shapes: [String: Shape]) throws {
    guard try recorded(shapes).result.shape.rank == 0 else { throw UsageError("the expression is no single number") }
  }

  private func recorded(_ shapes: [String: Shape]) throws -> (inputs: [String: Node], result: Node) {
    let graph = Graph(.double)
    let values = expression.inputs.map { ($0, Tensor(shape: shapes[$0] ?? .scalar, repeating: 0.5)) }
    let inputs = expression.inputs(in: graph, values: values)
    return (inputs, try expression.record(in: graph, inputs: inputs))
  }

  private func derive(_ shapes: [String: Shape]) throws -> Derivatives {
    let (inputs, result) = try recorded(shapes)
    let nodes = names.compactMap { inputs[$0] }
    if writesSteps {
      return Derivatives(parts: [], short: [], whole: [], steps: try result.derivationSteps(withRespectTo: nodes))
    }
    guard order > 1 else {
      let derivation = try result.derivation(withRespectTo: nodes)
      return Derivatives(
        parts: derivation.abbreviated.parts, short: derivation.abbreviated.gradients.map { ([$0.name], $0.formula) },
        whole: derivation.gradients.map { ([$0.name], $0.formula) })
    }
    let second = try result.secondDerivatives(withRespectTo: nodes).map { (by: $0.names, formula: $0.formula) }
    return Derivatives(parts: [], short: second, whole: second)
  }
}

extension Expression {
  /// The names that stand in an exponent of anything but e.
  fileprivate var namesInExponents: Set<String> {
    var names: Set<String> = []
    for case .binary(.power, let base, let exponent) in pieces.map(\.kind) {
      if case .input("e") = pieces[base].kind { continue }
      let range = pieces[exponent].range
      for piece in pieces where range.contains(piece.range.lowerBound) {
        if case .input(let name) = piece.kind { names.insert(name) }
      }
    }
    return names
  }
}
