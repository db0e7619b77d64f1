/// How the application of a primitive is written, as text and as LaTeX.
public enum PrimitiveNotation: Sendable, Equatable {
  /// How tightly a written piece holds together, loosest first; what is looser than its place gets parentheses.
  public enum Binding: Int, Sendable, Comparable {
    /// A place that takes anything without parentheses, such as between bars or under a root.
    case loose
    /// Sums and differences.
    case sum
    /// Products and quotients.
    case product
    /// A sign before an operand.
    case negation
    /// A base with an exponent.
    case power
    /// A name, a number, a call.
    case atom
    /// Whether `a` holds together less tightly than `b`.
    public static func < (a: Binding, b: Binding) -> Bool { a.rawValue < b.rawValue }
  }

  /// A piece of writing with places `#0`, `#1`, … for the operands.
  public struct Form: Sendable, Equatable {
    /// The text with its places: `|#0|`.
    public var pattern: String
    /// How tightly the whole holds together.
    public var binding: Binding
    /// The least binding that each operand may have without parentheses.
    public var operands: [Binding]

    /// A pattern, its own binding and that of each place: `Form("#0^#1", .power, .atom, .power)`.
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
