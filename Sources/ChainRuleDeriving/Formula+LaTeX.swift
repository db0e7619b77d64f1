import ChainRuleCore

extension Formula {
  /// The formula for LaTeX's math mode: `2 \left(W x - y\right) x^{\top}`.
  public var latex: String { FormulaLaTeX().text(withKnownConstants, at: .sum) }
}

/// Writes formulas as LaTeX.
struct FormulaLaTeX {
  typealias Binding = FormulaText.Binding

  func text(_ formula: Formula, at place: Binding) -> String {
    let (text, binding) = written(formula)
    return binding.rawValue < place.rawValue ? "\\left(\(text)\\right)" : text
  }

  private func written(_ formula: Formula) -> (String, Binding) {
    switch formula {
    case .number(let number):
      let text = Self.number(abs(number))
      return number < 0 ? ("-" + text, .sum) : (text, text.contains("\\") ? .product : .atom)
    case .name(let name, _): return (Self.name(name), .atom)
    case .sum(let terms): return (sum(terms), .sum)
    case .product(let factors): return product(factors)
    case .power(_, .number(let exponent)) where exponent < 0 && exponent == exponent.rounded():
      return product([formula])
    case .power(let base, let exponent): return ("{\(text(base, at: .atom))}^{\(text(exponent, at: .sum))}", .power)
    case .matrixProduct(let a, let b): return (text(a, at: .juxtaposed) + " " + text(b, at: .power), .juxtaposed)
    case .transposed(.call("inverse", let inner, _)): return ("{\(text(inner[0], at: .atom))}^{-\\top}", .power)
    case .transposed(let inner): return ("{\(text(inner, at: .atom))}^{\\top}", .power)
    case .call(let name, let arguments, let size): return call(name, arguments, size)
    }
  }

  private func sum(_ terms: [Formula]) -> String {
    terms.enumerated().map { index, term in
      guard index > 0 else { return text(term, at: .sum) }
      return term.coefficient < 0 ? " - " + text(-term, at: .product) : " + " + text(term, at: .product)
    }.joined()
  }

  private func product(_ factors: [Formula]) -> (String, Binding) {
    let (coefficient, above, below) = Formula.product(factors).fraction
    let size = abs(coefficient)
    let number = size == 1 && !above.isEmpty ? "" : Self.number(size)
    let top =
      number + (number.isEmpty || above.isEmpty ? "" : " \\, ")
      + chain(above, isAlone: below.count > 0 && number.isEmpty)
    let body = below.isEmpty ? top : "\\frac{\(top)}{\(chain(below, isAlone: true))}"
    return coefficient < 0 ? ("-" + body, .sum) : (body, .product)
  }

  /// Factors with their signs between them; one alone in a fraction needs no parentheses.
  private func chain(_ factors: [Formula], isAlone: Bool) -> String {
    if isAlone, factors.count == 1 { return text(factors[0], at: factors[0].coefficient < 0 ? .product : .sum) }
    return Formula.chain(factors, dot: " \\cdot ", elementwise: " \\odot ") { text($0, at: .juxtaposed) }
  }

  private func call(_ name: String, _ arguments: [Formula], _ size: Formula.Size) -> (String, Binding) {
    let texts = arguments.map { text($0, at: .sum) }
    switch name {
    case "list":
      let rows = (0..<size.rows).map { row in
        texts[row * size.columns..<(row + 1) * size.columns].joined(separator: " & ")
      }
      return ("\\begin{pmatrix} \(rows.joined(separator: " \\\\ ")) \\end{pmatrix}", .atom)
    case "element":
      let places = arguments.dropFirst().map { "\(Int($0.number ?? 0) + 1)" }.joined(separator: ", ")
      return ("{\(text(arguments[0], at: .atom))}_{\(places)}", .atom)
    case "identity": return ("I", .atom)
    case "pi": return ("\\pi", .atom)
    case "inverse": return ("{\(text(arguments[0], at: .atom))}^{-1}", .power)
    case "determinant": return ("\\det\\left(\(texts[0])\\right)", .atom)
    case "logDeterminant": return ("\\ln\\left|\\det\\left(\(texts[0])\\right)\\right|", .atom)
    case "matrixExponential": return ("e^{\(texts[0])}", .power)
    case "ones": return ("\\mathbf{1}", .atom)
    case "sqrt" where Formula.call(name, arguments, size).normed != nil:
      let vector = Formula.call(name, arguments, size).normed ?? arguments[0]
      return ("\\left\\|\(text(vector, at: .sum))\\right\\|" + (vector.size.columns > 1 ? "_F" : ""), .atom)
    case "trace": return ("\\operatorname{tr}\\left(\(texts[0])\\right)", .atom)
    case "<", ">", "==":
      return ("\\left[\(texts.joined(separator: name == "==" ? " = " : " \(name) "))\\right]", .atom)
    case "exp": return ("e^{\(texts[0])}", .power)
    case "sqrt": return ("\\sqrt{\(texts[0])}", .atom)
    case "abs": return ("\\left|\(texts[0])\\right|", .atom)
    default:
      let commands = [
        "sigmoid": "\\sigma", "log": "\\ln", "sin": "\\sin", "cos": "\\cos", "tanh": "\\tanh", "sinh": "\\sinh",
        "cosh": "\\cosh", "tan": "\\tan", "atan": "\\arctan", "asin": "\\arcsin", "acos": "\\arccos",
      ]
      let command = commands[name] ?? "\\operatorname{\(name)}"
      return (command + "\\left(\(texts.joined(separator: ", "))\\right)", .atom)
    }
  }

  private static func number(_ number: Double) -> String {
    let parts = "\(number)".split(separator: "e")
    if parts.count == 2 { return "\(parts[0]) \\cdot 10^{\(parts[1])}" }
    return FormulaText.text(number)
  }

  private static func name(_ name: String) -> String {
    let escaped = name.replacing("_", with: "\\_")
    return name.count == 1 ? name : "\\mathrm{\(escaped)}"
  }
}
