/// How each primitive is written: `a + b`, `a · b`, `exp(a)`, and the same in LaTeX.
///
/// A primitive that is not listed, a user's own for instance, is written as a function of its name.
enum Notation {
  static func write(_ name: String, _ inputs: [Formula], detail: String, latex: Bool) -> (String, Formula.Binding) {
    func part(_ index: Int, _ context: Formula.Binding) -> String {
      latex ? inputs[index].latex(in: context) : inputs[index].text(in: context)
    }
    switch (name, inputs.count) {
    case ("add", 2):
      if case .apply("negate", let negated, _) = inputs[1], negated.count == 1 {
        let right = latex ? negated[0].latex(in: .product) : negated[0].text(in: .product)
        return ("\(part(0, .sum)) - \(right)", .sum)
      }
      if case .number(let x) = inputs[1], x < 0 {
        return ("\(part(0, .sum)) - \(Formula.number(-x).text)", .sum)
      }
      return ("\(part(0, .sum)) + \(part(1, .sum))", .sum)
    case ("subtract", 2): return ("\(part(0, .sum)) - \(part(1, .product))", .sum)
    case ("multiply", 2):
      if case .apply("reciprocal", let under, _) = inputs[1], under.count == 1 {
        return latex
          ? ("\\frac{\(part(0, .loose))}{\(under[0].latex)}", .product)
          : ("\(part(0, .product)) / \(under[0].text(in: .negation))", .product)
      }
      let sign = detail.isEmpty ? (latex ? " \\cdot " : " · ") : (latex ? " \\odot " : " ⊙ ")
      return (part(0, .product) + sign + part(1, .negation), .product)
    case ("divide", 2):
      return latex
        ? ("\\frac{\(part(0, .loose))}{\(part(1, .loose))}", .product)
        : ("\(part(0, .product)) / \(part(1, .negation))", .product)
    case ("reciprocal", 1):
      return latex ? ("\\frac{1}{\(part(0, .loose))}", .product) : ("1 / \(part(0, .negation))", .product)
    case ("negate", 1): return ("-\(part(0, .negation))", .negation)
    case ("matmul", 2):
      return (part(0, .product) + (latex ? " \\cdot " : " · ") + part(1, .negation), .product)
    case ("transpose", 1):
      return detail.isEmpty
        ? (latex ? "\(part(0, .atom))^{\\top}" : "\(part(0, .atom))ᵀ", .power)
        : function("transpose", [part(0, .loose)], detail, latex)
    case ("square", 1): return (latex ? "{\(part(0, .atom))}^{2}" : "\(part(0, .atom))²", .power)
    case ("pow", 2):
      return (latex ? "{\(part(0, .atom))}^{\(part(1, .loose))}" : "\(part(0, .atom))^\(part(1, .power))", .power)
    case ("exp", 1) where latex: return ("e^{\(part(0, .loose))}", .power)
    case ("sqrt", 1) where latex: return ("\\sqrt{\(part(0, .loose))}", .atom)
    case ("abs", 1): return (latex ? "\\left|\(part(0, .loose))\\right|" : "|\(part(0, .loose))|", .atom)
    default:
      return function(name, inputs.indices.map { part($0, .loose) }, detail, latex)
    }
  }

  private static func function(_ name: String, _ arguments: [String], _ detail: String, _ latex: Bool)
    -> (String, Formula.Binding)
  {
    guard latex else {
      return ("\(name)(\((arguments + (detail.isEmpty ? [] : [detail])).joined(separator: ", ")))", .atom)
    }
    let extra = detail.isEmpty ? "" : ";\\ \\text{\(latexText(detail))}"
    return ("\(latexFunction(name))\\left(\(arguments.joined(separator: ", "))\(extra)\\right)", .atom)
  }

  /// What stands in the box of a picture.
  static func glyph(_ primitive: String) -> String {
    let glyphs = [
      "add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "negate": "−1 ×", "reciprocal": "1 / x",
      "matmul": "· matmul", "square": "x²", "transpose": "ᵀ", "sum": "sum",
    ]
    return glyphs[primitive] ?? primitive
  }

  // MARK: LaTeX

  private static let latexNames: [String: String] = [
    "sigmoid": "\\sigma", "tanh": "\\tanh", "log": "\\ln", "sin": "\\sin", "cos": "\\cos", "tan": "\\tan",
    "maximum": "\\max", "minimum": "\\min", "max": "\\max", "min": "\\min", "sum": "\\textstyle\\sum", "exp": "\\exp",
  ]

  static func latexFunction(_ name: String) -> String { latexNames[name] ?? "\\operatorname{\(latexText(name))}" }

  /// `w13` is written with an index, one letter as a variable, a Greek name as its letter, a word upright.
  static func latexSymbol(_ text: String) -> String {
    let letters = text.prefix { $0.isLetter && $0.isASCII }
    let rest = text.dropFirst(letters.count)
    let greek: Set<String> = [
      "alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma",
      "tau", "phi", "chi", "psi", "omega",
    ]
    let indices = rest.hasPrefix("_") ? rest.dropFirst() : rest
    guard !letters.isEmpty, indices.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isLetter) }),
      letters.count == 1 || greek.contains(String(letters))
    else { return "\\mathrm{\(latexText(text))}" }
    let base = letters.count == 1 ? String(letters) : "\\\(letters)"
    return indices.isEmpty ? base : "\(base)_{\(indices)}"
  }

  private static let greek: [Unicode.Scalar: String] = [
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega",
  ]

  /// Any text as LaTeX text: reserved characters escaped, characters that stock LaTeX lacks replaced.
  static func latexText(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\textbackslash{}"
      case "{", "}", "$", "&", "#", "%", "_": result += "\\\(scalar)"
      case "^": result += "\\textasciicircum{}"
      case "~": result += "\\textasciitilde{}"
      case "−": result += "-"
      case "·": result += "\\ensuremath{\\cdot}"
      case "×": result += "\\ensuremath{\\times}"
      case "Σ": result += "\\ensuremath{\\Sigma}"
      case "∂": result += "\\ensuremath{\\partial}"
      case "ᵀ": result += "\\ensuremath{^{\\top}}"
      case "…": result += "\\dots{}"
      case "⊙": result += "\\ensuremath{\\odot}"
      case "²": result += "\\ensuremath{^2}"
      case "∞": result += "\\ensuremath{\\infty}"
      case "<": result += "\\ensuremath{<}"
      case ">": result += "\\ensuremath{>}"
      case "|": result += "\\ensuremath{|}"
      case _ where scalar.isASCII && scalar.value >= 32: result.unicodeScalars.append(scalar)
      case _ where (0xC0...0x17F).contains(scalar.value): result.unicodeScalars.append(scalar)
      case _ where scalar.value < 32: result += " "
      default: result += greek[scalar].map { "\\ensuremath{\\\($0)}" } ?? "?"
      }
    }
    return result
  }
}
