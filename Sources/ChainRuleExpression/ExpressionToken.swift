import ChainRuleCore

/// One word of an expression and the place where it stands.
struct ExpressionToken {
  enum Kind: Hashable {
    case number(Double)
    case name(String)
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
  }

  let kind: Kind
  /// UTF-8 offsets into the source.
  let range: Range<Int>
}

/// Cuts an expression into words. `#` starts a comment that reaches to the end of the line.
func tokenize(expression source: String) throws -> [ExpressionToken] {
  var tokens: [ExpressionToken] = []
  let text = source[...]
  var index = text.startIndex
  var offset = 0

  func character(after steps: Int) -> Character? {
    guard let next = text.index(index, offsetBy: steps, limitedBy: text.endIndex), next < text.endIndex
    else { return nil }
    return text[next]
  }
  func take(while condition: (Character) -> Bool) -> Substring {
    let taken = text[index...].prefix(while: condition)
    index = taken.endIndex
    return taken
  }
  func add(_ kind: ExpressionToken.Kind, _ length: Int) {
    tokens.append(ExpressionToken(kind: kind, range: offset..<offset + length))
    offset += length
  }

  while index < text.endIndex {
    let next = text[index]
    if next == "#" {
      offset += take { !$0.isNewline }.utf8.count
    } else if next.isNewline {
      index = text.index(after: index)
      add(.newline, next.utf8.count)
    } else if next.isWhitespace {
      offset += take { $0.isWhitespace && !$0.isNewline }.utf8.count
    } else if next.isDigit || (next == "." && character(after: 1)?.isDigit == true) {
      var word = String(take { $0.isDigit })
      if index < text.endIndex, text[index] == ".", character(after: 1)?.isNameStart != true {
        index = text.index(after: index)
        word += "." + take { $0.isDigit }
      }
      if index < text.endIndex, text[index] == "e" || text[index] == "E" {
        let sign = character(after: 1)
        let signed = sign == "-" || sign == "+" || sign == "−"
        if character(after: signed ? 2 : 1)?.isDigit == true {
          index = text.index(index, offsetBy: signed ? 2 : 1)
          word += (sign == "-" || sign == "−" ? "e-" : "e") + take { $0.isDigit }
        }
      }
      let length = text[..<index].utf8.count - offset
      let digits = word.hasSuffix(".") ? word + "0" : word.hasPrefix(".") ? "0" + word : word
      guard let number = Double(digits), number.isFinite else {
        throw ExpressionError(
          "the number \(word) is too large; a number reaches 1.8e308", in: source, at: offset..<offset + length)
      }
      add(.number(number), length)
    } else if next.isNameStart {
      let word = take { $0.isNameStart || $0.isNumber }
      add(.name(String(word)), word.utf8.count)
    } else if next == "*", character(after: 1) == "*" {
      index = text.index(index, offsetBy: 2)
      add(.symbol(.power), 2)
    } else if next == "=", character(after: 1) == "=" {
      index = text.index(index, offsetBy: 2)
      add(.symbol(.equal), 2)
    } else if let symbol = ExpressionToken.Symbol(rawValue: String(next)) ?? typeset[next] {
      index = text.index(after: index)
      add(.symbol(symbol), next.utf8.count)
    } else {
      throw ExpressionError(
        "the character '\(next)' has no meaning in an expression" + hint(for: next), in: source,
        at: offset..<offset + next.utf8.count)
    }
  }
  add(.end, 0)
  return tokens
}

/// What slides and papers print for the signs on a keyboard.
private let typeset: [Character: ExpressionToken.Symbol] = [
  "−": .minus, "–": .minus, "×": .times, "·": .times, "⋅": .times, "∗": .times, "÷": .divide,
]

private func hint(for character: Character) -> String {
  switch character {
  case "{", "}": "; use parentheses ( )"
  case "|": "; write abs(x)"
  case "\"", "'", "`": "; names are written without quotes"
  case "²": "; write ^2"
  case "√": "; write sqrt(x)"
  case "&", "!", "?", "≤", "≥": "; a mask is written with <, >, == or where(condition, a, b)"
  default: ""
  }
}

extension Character {
  fileprivate var isDigit: Bool { isASCII && isWholeNumber }
  fileprivate var isNameStart: Bool { isLetter || self == "_" }
}
