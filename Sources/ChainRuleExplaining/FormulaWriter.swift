import ChainRuleCore
import ChainRuleDrawing

/// Writes one application of a primitive in the notation of its descriptor: `a + b`, `a · b`, `exp(a)`, or the same in
/// LaTeX.
struct FormulaWriter {
  let inputs: [Formula]
  let detail: String
  let latex: Bool

  typealias Binding = Formula.Binding

  func of(_ function: Formula.Function) -> (String, Binding) {
    switch function.notation {
    case .sum: return (sum(), .sum)
    case .difference: return ("\(part(0, .sum)) - \(part(1, .product))", .sum)
    case .product: return (product(), .product)
    case .matrixProduct: return (part(0, .product) + (latex ? " \\cdot " : " · ") + part(1, .negation), .product)
    case .quotient:
      return (latex ? fraction(inputs[0], inputs[1]) : "\(part(0, .product)) / \(part(1, .negation))", .product)
    case .reciprocal: return (latex ? fraction(.number(1), inputs[0]) : "1 / \(part(0, .negation))", .product)
    case .negation: return ("-\(part(0, .negation))", .negation)
    case .form(let text, let latexForm):
      guard detail.isEmpty, let form = latex ? latexForm : text else { return call(function.name, command: nil) }
      return (fill(form), form.binding)
    case .function(let command): return call(function.name, command: command)
    }
  }

  private func part(_ index: Int, _ context: Binding) -> String { write(inputs[index], context) }

  private func write(_ formula: Formula, _ context: Binding) -> String {
    latex ? formula.latex(in: context) : formula.text(in: context)
  }

  /// What is negative or negated is subtracted.
  private func sum() -> String {
    if case .apply(let function, let negated, _) = inputs[1], function.notation == .negation {
      return "\(part(0, .sum)) - \(write(negated[0], .product))"
    }
    if case .number(let x) = inputs[1], x < 0 { return "\(part(0, .sum)) - \(Formula.number(-x).text)" }
    return "\(part(0, .sum)) + \(part(1, .sum))"
  }

  /// What is multiplied by 1/b is divided by b.
  private func product() -> String {
    if case .apply(let function, let under, _) = inputs[1], function.notation == .reciprocal {
      return latex ? fraction(inputs[0], under[0]) : "\(part(0, .product)) / \(under[0].text(in: .negation))"
    }
    let sign = detail.isEmpty ? (latex ? " \\cdot " : " · ") : (latex ? " \\odot " : " ⊙ ")
    return part(0, .product) + sign + part(1, .negation)
  }

  private func fraction(_ above: Formula, _ below: Formula) -> String { "\\frac{\(above.latex)}{\(below.latex)}" }

  private func fill(_ form: PrimitiveNotation.Form) -> String {
    inputs.indices.reduce(form.pattern) { text, index in
      text.replacing("#\(index)", with: part(index, index < form.operands.count ? form.operands[index] : .atom))
    }
  }

  private func call(_ name: String, command: String?) -> (String, Binding) {
    let arguments = inputs.indices.map { part($0, .loose) }
    guard latex else {
      return ("\(name)(\((arguments + (detail.isEmpty ? [] : [detail])).joined(separator: ", ")))", .atom)
    }
    let extra = detail.isEmpty ? "" : ";\\ \\text{\(LaTeXText.escaped(detail))}"
    let head = command ?? "\\operatorname{\(LaTeXText.escaped(name))}"
    return ("\(head)\\left(\(arguments.joined(separator: ", "))\(extra)\\right)", .atom)
  }
}
