/// One word of an expression and the place where it stands.
struct ExpressionToken {
  enum Kind: Hashable {
    case number(Double)
    case name(String)
    /// What stands between quotes.
    case text(String)
    case symbol(Symbol)
    case newline
    case end
  }

  enum Symbol: String {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case power = "^"
    case matmul = "@"
    case less = "<"
    case greater = ">"
    case equal = "=="
    case assign = "="
    case open = "("
    case close = ")"
    case openList = "["
    case closeList = "]"
    case comma = ","
    case colon = ":"
    case semicolon = ";"
    case dot = "."
    case ellipsis = "..."
    case transposition = "ᵀ"
    case inversion = "⁻¹"
  }

  let kind: Kind
  /// UTF-8 offsets into the source.
  let range: Range<Int>
}
