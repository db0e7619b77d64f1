/// An expression to be read by people: symbols, numbers and primitives applied to them.
///
/// It is written twice, as text and as LaTeX, by one set of rules (`Notation`); parentheses appear only where
/// reading needs them.
indirect enum Formula: Sendable, Equatable {
  case symbol(text: String, latex: String)
  case number(Double)
  /// `detail` holds what else the primitive was made with: an axis, an exponent.
  case apply(String, [Formula], detail: String = "")

  static func symbol(_ text: String) -> Formula { .symbol(text: text, latex: Notation.latexSymbol(text)) }

  var text: String { text(in: .loose) }
  var latex: String { latex(in: .loose) }

  /// How tightly a piece of text holds together.
  enum Binding: Int, Comparable {
    case loose, sum, product, negation, power, atom
    static func < (a: Binding, b: Binding) -> Bool { a.rawValue < b.rawValue }
  }

  func text(in context: Binding) -> String {
    let (text, binding) = written(latex: false)
    return binding < context ? "(\(text))" : text
  }

  func latex(in context: Binding) -> String {
    let (text, binding) = written(latex: true)
    return binding < context ? "\\left(\(text)\\right)" : text
  }

  /// The number of symbols and numbers in it: how long it will be.
  var leaves: Int {
    switch self {
    case .symbol, .number: 1
    case .apply(_, let inputs, _): inputs.reduce(0) { $0 + $1.leaves }
    }
  }

  private func written(latex: Bool) -> (String, Binding) {
    switch self {
    case .symbol(let text, let tex): return (latex ? tex : text, .atom)
    case .number(let x):
      return (latex ? NumberText.latex(x) : NumberText.short(x), x < 0 ? .negation : .atom)
    case .apply(let name, let inputs, let detail):
      return Notation.write(name, inputs, detail: detail, latex: latex)
    }
  }
}
