import ChainRuleCore

/// A formula as somebody types it, understood but not yet computed.
///
/// ```swift
/// let expression = try Expression("h = sigmoid(w * x); (h - 1)^2")
/// expression.inputs                                        // ["w", "x"]
/// let loss = try expression.record(in: graph, values: ["w": 0.5, "x": 2])
/// ```
///
/// The language: numbers, names, `+ - * /`, `^` (or `**`; from the right, and before a unary minus, so that
/// `-x^2` is `-(x^2)`), `@` (matrix product), `< > ==` (masks of 0 and 1), parentheses, lists `[1, 2]` and
/// `[[1, 2], [3, 4]]`, functions with options `sum(x, axis: 0)` (also written `x.sum(axis: 0)`), elements and
/// slices `W[0, 1:3]`, `x[..., 0]`, assignments `a = …;` before the last expression, and `#` comments.
///
/// The pieces of an expression stand in one flat array in which operands precede what is computed from them,
/// as the nodes of a graph do; so no depth of nesting can exhaust the stack.
public struct Expression: Sendable, Hashable {
  /// The text that was parsed.
  public let source: String
  /// Every piece, operands first.
  public let pieces: [Piece]
  /// The piece that the expression stands for: the last one written.
  public let result: Int
  /// The names that are read before anything is assigned to them, in the order of their first use. `pi`, `true` and
  /// the other constants are not among them, though a value given for such a name is used.
  public let inputs: [String]

  /// A piece of an expression, with the place where it is written.
  public struct Piece: Sendable, Hashable {
    /// What it is, and which pieces it is made of.
    public let kind: Kind
    /// UTF-8 offsets into the source.
    public let range: Range<Int>
  }

  /// What a piece is; an `Int` is the index of another piece, always a smaller one.
  public enum Kind: Sendable, Hashable {
    /// A number as it was typed, `-2` included.
    case number(Double)
    /// A name that nothing was assigned to before.
    case input(String)
    /// A name that an earlier assignment gave to a piece.
    case reference(String, Int)
    /// `name = piece`
    case assignment(String, Int)
    /// `-piece`
    case negated(Int)
    /// Two pieces with an operator between them.
    case binary(Operator, Int, Int)
    /// `[piece, piece]`
    case list([Int])
    /// `name(argument, argument)`, also where it was written behind a dot.
    case call(String, [Argument])
    /// A text in quotes, or a word that an option takes: `"ij,jk->ik"`, `mode: reflect`.
    case text(String)
    /// `piece[subscript, subscript]`
    case element(Int, [Subscript])
  }

  /// What can stand between two pieces.
  public enum Operator: String, Sendable, Hashable {
    /// Elementwise sum.
    case add = "+"
    /// Elementwise difference.
    case subtract = "-"
    /// Elementwise product.
    case multiply = "*"
    /// Elementwise quotient.
    case divide = "/"
    /// Matrix product.
    case matmul = "@"
    /// A product without a sign, as in `2x` and `Wx`: of a number or of matrices.
    case juxtaposed = ""
    /// Elementwise power, from the right.
    case power = "^"
    /// 1 where the left is smaller, 0 elsewhere.
    case less = "<"
    /// 1 where the left is larger, 0 elsewhere.
    case greater = ">"
    /// 1 where both are equal, 0 elsewhere.
    case equal = "=="
  }

  /// An argument of a function: `x`, or an option such as `axis: 0`.
  public struct Argument: Sendable, Hashable {
    /// The name of the option as it was written; nil for an argument without one.
    public let label: String?
    /// The piece that it is worth.
    public let piece: Int
    /// Covers the label too.
    public let range: Range<Int>
  }

  /// What stands between two commas of `x[…]`.
  public enum Subscript: Sendable, Hashable {
    /// One position; its axis goes away.
    case index(Int)
    /// Positions from `start` up to `stop`, `step` apart; nil where it was left out.
    case slice(start: Int?, stop: Int?, step: Int?)
    /// All axes that no other part names, `...`.
    case rest
  }

  /// Parses `source`. Throws an ``ExpressionError`` that shows the mistake.
  public init(_ source: String) throws { try self.init(source, names: []) }

  /// Parses `source`, in which a word that is none of `names` but is made of them is their product: `Wx` is W times x, and
  /// a name before a parenthesis is a factor: `a(1 − a)`.
  ///
  /// ```swift
  /// let residual = try Expression("2(Wx − y)xᵀ", names: ["W", "x", "y"])
  /// ```
  /// Throws an ``ExpressionError`` that shows the mistake.
  public init(_ source: String, names: Set<String>) throws {
    let tokens = try ExpressionTokenizer.tokens(of: source).split(into: names)
    var parser = ExpressionParser(source: source, tokens: tokens, values: names)
    result = try parser.parse()
    self.source = source
    pieces = parser.pieces
    inputs = parser.inputs
  }

  /// The source text of a piece; empty for a piece that there is not.
  public func text(of piece: Int) -> String {
    guard pieces.indices.contains(piece) else { return "" }
    let range = pieces[piece].range
    return String(decoding: Array(source.utf8)[range], as: UTF8.self)
  }
}

extension Expression.Operator {
  /// Greater binds tighter; a unary minus stands between the products and the power.
  var precedence: Int {
    switch self {
    case .less, .greater, .equal: 1
    case .add, .subtract: 2
    case .multiply, .divide, .matmul: 3
    case .juxtaposed: 4
    case .power: 5
    }
  }

  static let negationPrecedence = 4

  init?(_ symbol: ExpressionToken.Symbol) {
    self.init(rawValue: symbol.rawValue)
  }
}
