import ChainRuleCore

extension Formula {
  /// The formula as presentation MathML, without the element `math` around it.
  public var mathML: String { FormulaMathML().text(withKnownConstants, at: .sum) }
}

/// Writes formulas as MathML.
struct FormulaMathML {
  typealias Binding = FormulaText.Binding

  func text(_ formula: Formula, at place: Binding) -> String {
    let (text, binding) = written(formula)
    return binding.rawValue < place.rawValue ? Self.parenthesized(text) : text
  }

  private static func parenthesized(_ text: String) -> String { row("<mo>(</mo>" + text + "<mo>)</mo>") }
  private static func row(_ text: String) -> String { "<mrow>\(text)</mrow>" }

  private func written(_ formula: Formula) -> (String, Binding) {
    switch formula {
    case .number(let number):
      let text = "<mn>\(FormulaText.text(abs(number)))</mn>"
      return number < 0 ? ("<mo>−</mo>" + text, .sum) : (text, .atom)
    case .name(let name, _): return ("<mi>\(Self.escaped(name))</mi>", .atom)
    case .sum(let terms): return (Self.row(sum(terms)), .sum)
    case .product(let factors): return product(factors)
    case .power(_, .number(let exponent)) where exponent < 0 && exponent == exponent.rounded():
      return product([formula])
    case .power(let base, let exponent):
      return ("<msup>\(Self.row(text(base, at: .atom)))\(Self.row(text(exponent, at: .sum)))</msup>", .power)
    case .matrixProduct(let a, let b):
      return (Self.row(text(a, at: .juxtaposed) + "<mo>&#x2062;</mo>" + text(b, at: .power)), .juxtaposed)
    case .transposed(.call("inverse", let inner, _)):
      return ("<msup>\(Self.row(text(inner[0], at: .atom)))<mrow><mo>−</mo><mo>⊤</mo></mrow></msup>", .power)
    case .transposed(let inner):
      return ("<msup>\(Self.row(text(inner, at: .atom)))<mo>⊤</mo></msup>", .power)
    case .call(let name, let arguments, let size): return call(name, arguments, size)
    }
  }

  private func sum(_ terms: [Formula]) -> String {
    terms.enumerated().map { index, term in
      guard index > 0 else { return text(term, at: .sum) }
      return term.coefficient < 0
        ? "<mo>−</mo>" + text(-term, at: .product) : "<mo>+</mo>" + text(term, at: .product)
    }.joined()
  }

  private func product(_ factors: [Formula]) -> (String, Binding) {
    let (coefficient, above, below) = Formula.product(factors).fraction
    let size = abs(coefficient)
    let number = size == 1 && !above.isEmpty ? "" : "<mn>\(FormulaText.text(size))</mn>"
    let top = number + (number.isEmpty || above.isEmpty ? "" : "<mo>&#x2062;</mo>") + chain(above)
    let body = below.isEmpty ? top : "<mfrac>\(Self.row(top))\(Self.row(chain(below)))</mfrac>"
    return coefficient < 0 ? ("<mo>−</mo>" + body, .sum) : (Self.row(body), .product)
  }

  private func chain(_ factors: [Formula]) -> String {
    if factors.count == 1 { return text(factors[0], at: .juxtaposed) }
    return Formula.chain(factors, dot: "<mo>·</mo>", elementwise: "<mo>⊙</mo>") { text($0, at: .juxtaposed) }
  }

  private func call(_ name: String, _ arguments: [Formula], _ size: Formula.Size) -> (String, Binding) {
    let texts = arguments.map { text($0, at: .sum) }
    if let vector = Formula.call(name, arguments, size).normed {
      return (Self.row("<mo>‖</mo>\(text(vector, at: .sum))<mo>‖</mo>"), .atom)
    }
    switch name {
    case "<", ">", "==":
      let sign = name == "<" ? "&lt;" : name == ">" ? "&gt;" : "="
      return (Self.row("<mo>[</mo>\(texts.joined(separator: "<mo>\(sign)</mo>"))<mo>]</mo>"), .atom)
    case "exp": return ("<msup><mi>e</mi>\(Self.row(texts[0]))</msup>", .power)
    case "sqrt": return ("<msqrt>\(texts[0])</msqrt>", .atom)
    case "abs": return (Self.row("<mo>|</mo>\(texts[0])<mo>|</mo>"), .atom)
    case "identity": return ("<mi>I</mi>", .atom)
    case "pi": return ("<mi>π</mi>", .atom)
    case "inverse":
      return ("<msup>\(Self.row(text(arguments[0], at: .atom)))<mrow><mo>−</mo><mn>1</mn></mrow></msup>", .power)
    case "matrixExponential": return ("<msup><mi>e</mi>\(Self.row(texts[0]))</msup>", .power)
    case "ones": return ("<mn>𝟏</mn>", .atom)
    case "element":
      let places = arguments.dropFirst().map { "<mn>\(Int($0.number ?? 0) + 1)</mn>" }.joined(separator: "<mo>,</mo>")
      return ("<msub>\(Self.row(text(arguments[0], at: .atom)))\(Self.row(places))</msub>", .atom)
    case "list":
      let rows = (0..<size.rows).map { row in
        let cells = texts[row * size.columns..<(row + 1) * size.columns].map { "<mtd>\($0)</mtd>" }.joined()
        return "<mtr>\(cells)</mtr>"
      }
      return (Self.row("<mo>(</mo><mtable>\(rows.joined())</mtable><mo>)</mo>"), .atom)
    default:
      let sign = name == "sigmoid" ? "σ" : name == "log" ? "ln" : name == "determinant" ? "det" : Self.escaped(name)
      return (
        Self.row("<mi>\(sign)</mi><mo>&#x2061;</mo><mo>(</mo>\(texts.joined(separator: "<mo>,</mo>"))<mo>)</mo>"), .atom
      )
    }
  }

  private static func escaped(_ name: String) -> String {
    name.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
