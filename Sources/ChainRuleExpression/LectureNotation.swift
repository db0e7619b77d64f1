import ChainRuleCore

/// Rewrites the notation of lectures, LaTeX above all, in the language of expressions:
/// `\frac{\partial L}{\partial W} x^\top` becomes `(∂L/∂W)(x)ᵀ`.
///
/// Atoms are read one after another; two with nothing between them are a product without a sign. What is not
/// understood is an ``ExpressionError`` with a caret under it.
package struct LectureNotation {
  let source: String
  let characters: [Character]
  /// The names that stand for values.
  let names: Set<String>
  var position = 0
  /// The index that the sum around this place runs over, and whether a name with it was read.
  var sumIndex: String?
  var sawIndex = false
  /// How deep brackets are open here; a text may not exhaust the stack.
  var depth = 0
  static let deepest = 60

  init(_ source: String, names: Set<String>) {
    (self.source, self.names, characters) = (source, names, Array(source))
  }

  /// The whole text in the language of expressions.
  package static func rewritten(_ source: String, names: Set<String>) throws -> String {
    var reader = LectureNotation(source, names: names)
    let text = try reader.terms { _ in false }
    if reader.next != nil { throw reader.error("this closes nothing", from: reader.position) }
    return text
  }

  // MARK: Terms and atoms

  /// Everything up to a place where `ends` holds, or to a closing sign.
  mutating func terms(_ ends: (LectureNotation) -> Bool) throws -> String {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw error("brackets nest at most \(Self.deepest) deep", from: position) }
    var text = "", last: String?
    let start = position
    while true {
      skipSpaces()
      if ends(self) || next == nil || isClosing { break }
      if let sign = try readOperator() {
        text += (last ?? "") + sign
        last = nil
      } else {
        let atom = try atomWithScripts()
        if let before = last {
          // A product without a sign stands between parentheses.
          text += Self.wrapped(before)
          last = Self.wrapped(atom)
        } else {
          last = atom
        }
      }
    }
    text += last ?? ""
    guard last != nil else { throw error("a value is missing here", from: Swift.max(start, position - 1)) }
    return text
  }

  private static func wrapped(_ atom: String) -> String {
    atom.hasSuffix("ᵀ") || isWrapped(atom) ? atom : "(\(atom))"
  }

  /// Whether one pair of parentheses holds all of it.
  static func isWrapped(_ text: String) -> Bool {
    guard text.hasPrefix("("), text.hasSuffix(")") else { return false }
    var depth = 0
    for (place, character) in zip(1..., text) {
      if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
      if depth == 0 { return place == text.count }
    }
    return false
  }

  private var isClosing: Bool {
    if let next, ")]},".contains(next) { return true }
    return ["\\}", "\\rVert", "\\rvert", "\\rbrace", "\\rbrack"].contains { starts(with: $0) }
  }

  /// An operator between atoms, in the language of expressions.
  private mutating func readOperator() throws -> String? {
    let signs = [
      "\\cdot": " * ", "\\times": " * ", "\\ast": " * ", "\\odot": " * ", "\\circ": " * ", "\\otimes": " * ",
      "\\div": " / ", "\\lt": " < ", "\\gt": " > ",
    ]
    if let command = peekCommand(), let sign = signs[command] {
      position += command.count
      return sign
    }
    guard let next else { return nil }
    switch next {
    case "+": position += 1; return " + "
    case "-", "−", "–": position += 1; return " - "
    case "*", "·", "⋅", "×", "∗", "⊙", "∘":
      position += 1
      if self.next == "*" { position += 1; return "^" }
      return " * "
    case "/", "÷": position += 1; return " / "
    case "@": position += 1; return " @ "
    case "<", ">": position += 1; return " \(next) "
    case "=" where characters.dropFirst(position + 1).first == "=": position += 2; return " == "
    default: return nil
    }
  }

  /// An atom with its sub- and superscripts, primes and transposition.
  mutating func atomWithScripts() throws -> String {
    var atom = try self.atom()
    while true {
      skipSpaces()
      guard let next else { return atom }
      if next == "^" {
        position += 1
        atom = try raised(atom)
      } else if next == "_", Self.isWrapped(atom) {
        let start = position
        position += 1
        let numbers = try script().split(separator: ",").map { Int($0.filter { !$0.isWhitespace }) ?? 0 }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0 > 0 }) else {
          throw error("an index behind parentheses is a number, counted from 1", from: start)
        }
        atom += "[" + numbers.map { "\($0 - 1)" }.joined(separator: ", ") + "]"
      } else if next == "ᵀ" {
        position += 1
        atom = Self.wrapped(atom) + "ᵀ"
      } else if let digit = "⁰¹²³⁴⁵⁶⁷⁸⁹".firstIndex(of: next) {
        position += 1
        atom = Self.base(atom) + "^\("⁰¹²³⁴⁵⁶⁷⁸⁹".distance(from: "⁰¹²³⁴⁵⁶⁷⁸⁹".startIndex, to: digit))"
      } else if next == "[", let name = plainName(atom), names.contains(name) {
        position += 1
        let inside = try terms { $0.next == "]" || $0.next == "," || $0.next == ":" }
        guard self.next == "]" else {
          atom += "[\(inside)" + (try rest(of: "]"))
          continue
        }
        position += 1
        atom += "[\(inside)]"
      } else {
        return atom
      }
    }
  }

  /// A subscript's rest as it is written.
  private mutating func rest(of close: Character) throws -> String {
    let start = position
    while let next, next != close { position += next == "\\" ? 2 : 1 }
    guard next == close else { throw error("this is never closed with \(close)", from: start) }
    position += 1
    return String(characters[start..<position])
  }

  private func plainName(_ atom: String) -> String? {
    atom.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? atom : nil
  }

  static func base(_ atom: String) -> String {
    atom.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } || isWrapped(atom) ? atom : "(\(atom))"
  }

  private static let transpositions: Set<String> = [
    "T", "\\top", "\\intercal", "⊤", "\\mathsf{T}", "\\mathsfT", "\\mathrm{T}", "\\text{T}", "\\T", "t",
  ]

  /// What stands behind `^`: a transposition, or an exponent.
  private mutating func raised(_ atom: String) throws -> String {
    let start = position
    let exponent = try script()
    let plain = exponent.filter { !$0.isWhitespace }
    if Self.transpositions.contains(plain), !names.contains(plain) {
      return Self.wrapped(atom) + "ᵀ"
    }
    if plain == "\\prime" || plain == "*" { throw error("'^\(plain)' is not understood here", from: start) }
    // Of a matrix the inverse, of anything else one over each element.
    if plain == "-1" || plain == "−1" { return "inverse(\(atom))" }
    if let sign = plain.first, sign == "-" || sign == "−", Self.transpositions.contains(String(plain.dropFirst())),
      !names.contains(String(plain.dropFirst()))
    {
      return "(inverse(\(atom)))ᵀ"
    }
    let inner = try nested(exponent, at: start)
    let isSimple = inner.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." }
    return Self.base(atom) + "^" + (isSimple ? inner : "(\(inner))")
  }

  /// A part of the text, rewritten on its own; a mistake in it is shown where it stands.
  mutating func nested(_ text: String, at place: Int) throws -> String {
    var reader = self
    defer { sawIndex = reader.sawIndex }
    let end = Swift.min(place + text.count + 2, characters.count)
    reader.position = place
    // The script is read again in place: its characters are those behind the sign.
    while reader.position < end, reader.next.map({ $0.isWhitespace || $0 == "{" }) == true { reader.position += 1 }
    let limit = reader.position + text.count
    return try reader.terms { $0.position >= limit }
  }

  // MARK: Characters

  var next: Character? { position < characters.count ? characters[position] : nil }

  func starts(with text: String) -> Bool {
    characters[Swift.min(position, characters.count)...].starts(with: text)
      && (!text.hasPrefix("\\") || !(characters.dropFirst(position + text.count).first?.isLetter ?? false)
        || !(text.last?.isLetter ?? false))
  }

  /// The command that stands here: `\frac`, or a backslash and one sign.
  func peekCommand() -> String? {
    guard next == "\\" else { return nil }
    let word = characters.dropFirst(position + 1).prefix { $0.isLetter }
    return "\\" + (word.isEmpty ? String(characters.dropFirst(position + 1).prefix(1)) : String(word))
  }

  /// Spaces, and the signs of LaTeX that only place what follows.
  mutating func skipSpaces() {
    let silent: Set<String> = [
      "\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad", "\\qquad", "\\left", "\\right", "\\big", "\\Big", "\\bigl", "\\bigr",
      "\\Bigl", "\\Bigr", "\\biggl", "\\biggr", "\\displaystyle", "\\limits", "\\\\",
    ]
    while let next {
      if next.isWhitespace || next == "&" || next == "~" || next == "$" {
        position += 1
      } else if let command = peekCommand(), silent.contains(command) {
        position += command.count
      } else {
        return
      }
    }
  }

  /// The group, the command or the character behind `^` or `_`, as it is written.
  mutating func script() throws -> String {
    while next?.isWhitespace == true { position += 1 }
    let start = position
    if next == "{" { return try group() }
    if let command = peekCommand() {
      position += command.count
      if next == "{" { return command + "{" + (try group()) + "}" }
      return command
    }
    guard let next, next.isLetter || next.isNumber || "⊤∗*(".contains(next) else {
      throw error("an exponent or an index is missing here", from: start)
    }
    if next == "(" {
      let inner = try rest(of: ")")
      return inner
    }
    position += 1
    return String(next)
  }

  /// What stands between braces, as it is written.
  mutating func group() throws -> String {
    let start = position
    var depth = 0
    while let next {
      if next == "\\" {
        position += 2
        continue
      }
      if next == "{" { depth += 1 } else if next == "}" { depth -= 1 }
      position += 1
      if depth == 0 { return String(characters[start + 1..<position - 1]) }
    }
    throw error("this brace is never closed", from: start)
  }

  func error(_ message: String, from start: Int) -> ExpressionError {
    let first = Swift.min(Swift.max(start, 0), characters.count)
    let last = Swift.min(Swift.max(position, first + 1), characters.count)
    let lower = String(characters[..<first]).utf8.count
    return ExpressionError(message, in: source, at: lower..<lower + String(characters[first..<last]).utf8.count)
  }
}

extension Expression {
  /// Parses a formula in the language of expressions, or else in the notation of lectures: `(a - y) x^\top`,
  /// `\frac{1}{2} \|Wx - y\|^2`, `\sum_i y_i \log a_i`.
  ///
  /// The source of what comes back is the formula in the language of expressions.
  /// Throws an ``ExpressionError`` with a caret under what is not understood.
  public init(lecture text: String, names: Set<String>) throws {
    let isLaTeX = text.contains { "\\{}|‖$".contains($0) } || text.contains("^T") || text.contains("^⊤")
    var problem: (any Error)?
    if !isLaTeX {
      do {
        let expression = try Expression(text, names: names)
        let isUnknown = expression.inputs.contains { !names.contains($0) && $0 != "e" && $0.contains("_") }
        if !isUnknown {
          self = expression
          return
        }
      } catch { problem = error }
    }
    do {
      let rewritten = try LectureNotation.rewritten(text, names: names)
      self = try Expression(rewritten, names: names)
    } catch { throw problem ?? error }
  }
}
