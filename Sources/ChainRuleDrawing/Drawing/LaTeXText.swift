/// Names and words as LaTeX.
package enum LaTeXText {
  /// `w13` is written with an index, one letter as a variable, a Greek name as its letter, a word upright.
  package static func symbol(_ text: String) -> String {
    let letters = text.prefix { $0.isLetter && $0.isASCII }
    let rest = text.dropFirst(letters.count)
    let indices = rest.hasPrefix("_") ? rest.dropFirst() : rest
    guard !letters.isEmpty, indices.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isLetter) }),
      letters.count == 1 || greekNames.contains(String(letters))
    else { return "\\mathrm{\(escaped(text))}" }
    let base = letters.count == 1 ? String(letters) : "\\\(letters)"
    return indices.isEmpty ? base : "\(base)_{\(indices)}"
  }

  private static let greek: [Unicode.Scalar: String] = [
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega",
  ]

  private static let greekNames = Set(greek.values)

  /// Any text as LaTeX text: reserved characters escaped, characters that stock LaTeX lacks replaced.
  package static func escaped(_ text: String) -> String {
    text.replacingScalars { scalar in
      switch scalar {
      case "\\": "\\textbackslash{}"
      case "{", "}", "$", "&", "#", "%", "_": "\\\(scalar)"
      case "^": "\\textasciicircum{}"
      case "~": "\\textasciitilde{}"
      case "−": "-"
      case "·": "\\ensuremath{\\cdot}"
      case "×": "\\ensuremath{\\times}"
      case "Σ": "\\ensuremath{\\Sigma}"
      case "∂": "\\ensuremath{\\partial}"
      case "ᵀ": "\\ensuremath{^{\\top}}"
      case "…": "\\dots{}"
      case "⊙": "\\ensuremath{\\odot}"
      case "²": "\\ensuremath{^2}"
      case "∞": "\\ensuremath{\\infty}"
      case "<": "\\ensuremath{<}"
      case ">": "\\ensuremath{>}"
      case "|": "\\ensuremath{|}"
      case _ where scalar.isASCII && scalar.value >= 32 || (0xC0...0x17F).contains(scalar.value): nil
      case _ where scalar.value < 32: " "
      default: greek[scalar].map { "\\ensuremath{\\\($0)}" } ?? "?"
      }
    }
  }
}
