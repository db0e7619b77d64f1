import ChainRuleCore
import ChainRuleDrawing

/// An expression to be read by people: symbols, numbers and primitives applied to them.
///
/// It is written twice, as text and as LaTeX, by one set of rules (``FormulaWriter``); parentheses appear only
/// where reading needs them.
indirect enum Formula: Sendable, Equatable {
  case symbol(text: String, latex: String)
  case number(Double)
  /// `detail` holds what else the primitive was made with: an axis, a shape.
  case apply(Function, [Formula], detail: String = "")

  /// A primitive as formulas know it.
  struct Function: Sendable, Equatable {
    let name: String
    let notation: PrimitiveNotation

    init(_ primitive: any Primitive) { self.init(name: primitive.name, notation: primitive.descriptor.notation) }
    init(name: String, notation: PrimitiveNotation) { (self.name, self.notation) = (name, notation) }
  }

  typealias Binding = PrimitiveNotation.Binding

  static func symbol(_ text: String) -> Formula { .symbol(text: text, latex: LaTeXText.symbol(text)) }

  var text: String { text(in: .loose) }
  var latex: String { latex(in: .loose) }

  /// As it stands behind a multiplication sign: a sum, and what begins with a minus sign, in parentheses.
  var factorLaTeX: String {
    let (latex, binding) = written(latex: true)
    return binding < .product || latex.hasPrefix("-") ? "\\left(\(latex)\\right)" : latex
  }

  func text(in context: Binding) -> String {
    let (text, binding) = written(latex: false)
    return binding < context ? "(\(text))" : text
  }

  func latex(in context: Binding) -> String {
    let (text, binding) = written(latex: true)
    return binding < context ? "\\left(\(text)\\right)" : text
  }

  private func written(latex: Bool) -> (String, Binding) {
    switch self {
    case .symbol(let text, let tex): return (latex ? tex : text, .atom)
    case .number(let x):
      return (latex ? NumberText.latex(x) : NumberText.short(x), x < 0 ? .negation : .atom)
    case .apply(let function, let inputs, let detail):
      return FormulaWriter(inputs: inputs, detail: detail, latex: latex).of(function)
    }
  }
}
