/// Cuts an expression into words. `#` starts a comment that reaches to the end of the line.
struct ExpressionTokenizer {
  private let source: String
  private var index: String.Index
  private var tokens: [ExpressionToken] = []
  /// What is open: a bar by its sign, brackets by a parenthesis.
  private var brackets: [Character] = []

  /// Throws an ``ExpressionError`` at a character without a meaning, or at a number that no `Double` holds.
  static func tokens(of source: String) throws -> [ExpressionToken] {
    var tokenizer = ExpressionTokenizer(source)
    return try tokenizer.read()
  }

  private init(_ source: String) {
    self.source = source
    index = source.startIndex
  }

  private mutating func read() throws -> [ExpressionToken] {
    while let next = character(after: 0) {
      let start = index
      if next == "#" {
        take { !$0.isNewline }
      } else if next.isNewline {
        take(1, as: .newline)
      } else if next.isWhitespace {
        take { $0.isWhitespace && !$0.isNewline }
      } else if next.isDigit || next == "." && character(after: 1)?.isDigit == true {
        add(.number(try number()), from: start)
      } else if next.isNameStart {
        add(.name(name()), from: start)
      } else if let closing = Self.quotes[next] {
        add(.text(try text(upTo: closing)), from: start)
      } else if next == ".", character(after: 1) == ".", character(after: 2) == "." {
        take(3, as: .symbol(.ellipsis))
      } else if next == "∂" {
        add(.name(try derivative()), from: start)
      } else if next.isSuperscript {
        addPower(take { $0.isSuperscript }, from: start)
      } else if next == "√", character(after: 1) == "(" {
        take(1, as: .name("sqrt"))
      } else if next == "*", character(after: 1) == "*" {
        take(2, as: .symbol(.power))
      } else if next == "=", character(after: 1) == "=" {
        take(2, as: .symbol(.equal))
      } else if let function = Self.bars[next] {
        addBar(next, function)
      } else if let symbol = ExpressionToken.Symbol(rawValue: String(next)) ?? Self.typeset[next] {
        take(1, as: .symbol(symbol))
        nest(symbol)
      } else {
        take(1)
        throw error("the character '\(next)' has no meaning in an expression" + Self.hint(for: next), from: start)
      }
    }
    add(.end, from: index)
    return tokens
  }

  /// `‖x‖` is `norm(x)` and `|x|` is `abs(x)`: behind a value, where one is open, a bar closes; anywhere else it opens.
  private mutating func addBar(_ bar: Character, _ function: String) {
    if brackets.last == bar, endsValue {
      brackets.removeLast()
      return take(1, as: .symbol(.close))
    }
    brackets.append(bar)
    take(1, as: .name(function))
    add(.symbol(.open), from: index)
  }

  /// Bars inside brackets close inside them.
  private mutating func nest(_ symbol: ExpressionToken.Symbol) {
    switch symbol {
    case .open, .openList: brackets.append("(")
    case .close, .closeList: if brackets.last == "(" { brackets.removeLast() }
    default: break
    }
  }

  /// Whether a value ends before the next word.
  private var endsValue: Bool {
    switch tokens.last?.kind {
    case .number, .name, .text: true
    case .symbol(let symbol): [.close, .closeList, .transposition].contains(symbol)
    case .newline, .end, nil: false
    }
  }

  private static let bars: [Character: String] = ["‖": "norm", "|": "abs"]

  /// Letters and digits, and a prime where a function's derivative is called: `σ′(z)`, `tanh'(z)`.
  private mutating func name() -> String {
    let word = String(take { $0.isNameStart || $0.isNumber && !$0.isSuperscript })
    guard let prime = character(after: 0), prime == "′" || prime == "'", character(after: 1) == "(" else { return word }
    take(1)
    return word + "′"
  }

  /// What stands between quotes on one line; it has no signs of its own.
  private mutating func text(upTo closing: Character) throws -> String {
    let start = index
    take(1)
    let text = take { $0 != closing && !$0.isNewline }
    guard character(after: 0) == closing else { throw error("this text in quotes is never closed", from: start) }
    take(1)
    return String(text)
  }

  private static let quotes: [Character: Character] = ["\"": "\"", "“": "”", "„": "“"]

  /// `∂L/∂a`: one name, whose value whoever records the expression gives.
  private mutating func derivative() throws -> String {
    let start = index
    take(1)
    let above = name()
    guard !above.isEmpty, character(after: 0) == "/", character(after: 1) == "∂" else {
      throw error("a derivative is written ∂L/∂a, with both names", from: start)
    }
    take(2)
    let below = name()
    guard !below.isEmpty else { throw error("a derivative is written ∂L/∂a, with both names", from: start) }
    return "∂\(above)/∂\(below)"
  }

  /// Digits, a point, digits, and a power of ten; a point before a name is the point of `2.sin()`.
  private mutating func number() throws -> Double {
    let start = index
    var word = String(take { $0.isDigit })
    if character(after: 0) == ".", character(after: 1)?.isNameStart != true {
      take(1)
      word += "." + take { $0.isDigit }
    }
    if let e = character(after: 0), e == "e" || e == "E" {
      let sign = character(after: 1)
      let isNegative = sign == "-" || sign == "−", length = isNegative || sign == "+" ? 2 : 1
      if character(after: length)?.isDigit == true {
        take(length)
        word += (isNegative ? "e-" : "e") + take { $0.isDigit }
      }
    }
    let digits = word.hasSuffix(".") ? word + "0" : word.hasPrefix(".") ? "0" + word : word
    guard let number = Double(digits), number.isFinite else {
      throw error("the number \(word) is too large; a number reaches 1.8e308", from: start)
    }
    return number
  }

  /// `x⁻²` is `x^-2`; `A⁻¹` and the first half of `A⁻ᵀ` are the inverse of a matrix.
  private mutating func addPower(_ signs: Substring, from start: String.Index) {
    if signs == "⁻¹" || signs == "⁻" && character(after: 0) == "ᵀ" { return add(.symbol(.inversion), from: start) }
    let text = String(signs.compactMap { Character.superscripts[$0] })
    add(.symbol(.power), from: start)
    if let number = Double(text) { add(.number(number), from: start) }
  }

  private func character(after steps: Int) -> Character? {
    guard let next = source.index(index, offsetBy: steps, limitedBy: source.endIndex), next < source.endIndex
    else { return nil }
    return source[next]
  }

  @discardableResult
  private mutating func take(while condition: (Character) -> Bool) -> Substring {
    let taken = source[index...].prefix(while: condition)
    index = taken.endIndex
    return taken
  }

  private mutating func take(_ count: Int) { index = source.index(index, offsetBy: count) }

  private mutating func take(_ count: Int, as kind: ExpressionToken.Kind) {
    let start = index
    take(count)
    add(kind, from: start)
  }

  private mutating func add(_ kind: ExpressionToken.Kind, from start: String.Index) {
    tokens.append(ExpressionToken(kind: kind, range: range(from: start)))
  }

  private func range(from start: String.Index) -> Range<Int> {
    let lower = source.utf8.distance(from: source.startIndex, to: start)
    return lower..<lower + source.utf8.distance(from: start, to: index)
  }

  private func error(_ message: String, from start: String.Index) -> ExpressionError {
    ExpressionError(message, in: source, at: range(from: start))
  }

  /// What slides and papers print for the signs on a keyboard.
  private static let typeset: [Character: ExpressionToken.Symbol] = [
    "−": .minus, "–": .minus, "×": .times, "·": .times, "⋅": .times, "∗": .times, "⊙": .times,
    "÷": .divide, "ᵀ": .transposition, "…": .ellipsis,
  ]

  private static func hint(for character: Character) -> String {
    switch character {
    case "{", "}": "; use parentheses ( )"
    case "'", "`": "; names are written without quotes, texts in double ones"
    case "√": "; write sqrt(x) or √(x)"
    case "&", "!", "?", "≤", "≥": "; a mask is written with <, >, == or where(condition, a, b)"
    default: ""
    }
  }
}

extension Character {
  fileprivate var isDigit: Bool { isASCII && isWholeNumber }
  fileprivate var isNameStart: Bool { isLetter && self != "ᵀ" || self == "_" }
  fileprivate var isSuperscript: Bool { Self.superscripts[self] != nil }
  fileprivate static let superscripts = [Character: Character](
    uniqueKeysWithValues: zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
}
