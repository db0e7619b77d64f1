/// How the application of a primitive is written, as text and as LaTeX.
public enum PrimitiveNotation: Sendable, Equatable {
  /// How tightly a written piece holds together: what is looser than its place asks for gets parentheses.
  public enum Binding: Int, Sendable, Comparable {
    case loose, sum, product, negation, power, atom
    public static func < (a: Binding, b: Binding) -> Bool { a.rawValue < b.rawValue }
  }

  /// A piece of writing with places `#0`, `#1`, … for the operands, and how tightly each of them must hold together.
  public struct Form: Sendable, Equatable {
    public var pattern: String
    public var binding: Binding
    public var operands: [Binding]

    public init(_ pattern: String, _ binding: Binding, _ operands: Binding...) {
      (self.pattern, self.binding, self.operands) = (pattern, binding, operands)
    }
  }

  /// `a + b`; what is negative or negated is subtracted.
  case sum
  /// `a - b`
  case difference
  /// `a · b`, elementwise products of tensors with ⊙; what is multiplied by 1/b is divided by b.
  case product
  /// `A · B` of matrices.
  case matrixProduct
  /// `a / b`, in LaTeX a fraction.
  case quotient
  /// `1 / a`, in LaTeX a fraction.
  case reciprocal
  /// `-a`
  case negation
  /// A form of its own; `nil` where the function's name is written.
  case form(text: Form?, latex: Form?)
  /// `name(a, b)`; in LaTeX the command, or the name upright.
  case function(latex: String? = nil)

  /// Whether an operand stands where a sign before it needs parentheses.
  package func needsParentheses(operand position: Int) -> Bool {
    switch self {
    case .sum, .difference, .product, .quotient: position > 0
    case .reciprocal, .negation: true
    case .form(let text?, _): text.operands[position] > .negation
    case .matrixProduct, .form, .function: false
    }
  }
}
