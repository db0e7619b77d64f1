import ChainRuleCore

extension LectureNotation {
  /// One atom: a number, a name, a call, a fraction, what brackets hold.
  mutating func atom() throws -> String {
    let start = position
    guard let next else { throw error("a value is missing here", from: start) }
    if next.isNumber || next == "." { return number() }
    if next == "\\" { return try command() }
    if next.isLetter { return try word() }
    switch next {
    case "∂": return try derivative(after: "∂", "∂")
    case "∇": position += 1; return try nabla()
    case "√":
      position += 1
      return "sqrt(\(try atomWithScripts()))"
    case "(": return "(\(try bracketed(")")))"
    case "[": return "(\(try bracketed("]")))"
    case "{": return "(\(try braced()))"
    case "|": return try norm(open: "|", close: ["|"])
    case "‖": return try norm(open: "‖", close: ["‖"])
    case "Σ", "∑": position += 1; return try sum()
    default: throw error("'\(next)' is not understood", from: start)
    }
  }

  private mutating func number() -> String {
    let start = position
    while let next, next.isASCII, next.isNumber || next == "." { position += 1 }
    // 1e-3, but not the e of 2e^x.
    if next == "e" || next == "E" {
      let sign = characters.dropFirst(position + 1).first.map { "+-".contains($0) } == true ? 1 : 0
      if characters.dropFirst(position + 1 + sign).first?.isNumber == true {
        position += 1 + sign
        while let next, next.isASCII, next.isNumber { position += 1 }
      }
    }
    if position == start { position += 1 }
    return String(characters[start..<position])
  }

  mutating func bracketed(_ close: Character) throws -> String {
    let start = position
    position += 1
    let inner = try terms { $0.next == close }
    guard next == close else { throw error("this bracket is never closed with \(close)", from: start) }
    position += 1
    return inner
  }

  // MARK: Commands

  private mutating func command() throws -> String {
    let start = position
    let command = peekCommand() ?? "\\"
    position += command.count
    switch command {
    case "\\frac", "\\dfrac", "\\tfrac": return try fraction(start)
    case "\\sqrt":
      skipSpaces()
      guard next == "[" else { return "sqrt(\(try braced()))" }
      let degree = try bracketed("]")
      return "(\(try braced()))^(1/(\(degree)))"
    case "\\partial":
      position = start
      return try derivative(after: "\\partial", "\\partial")
    case "\\nabla": return try nabla()
    case "\\sum": return try sum()
    case "\\|", "\\Vert": return try norm(open: command, close: ["\\|", "\\Vert"], isOpen: true)
    case "\\lVert": return try norm(open: command, close: ["\\rVert"], isOpen: true)
    case "\\lvert", "\\vert":
      return try norm(open: command, close: ["\\rvert", "\\vert"], isOpen: true, isAbsolute: true)
    case "\\{", "\\lbrace":
      let inner = try terms { $0.starts(with: "\\}") || $0.starts(with: "\\rbrace") }
      position += starts(with: "\\}") ? 2 : 7
      return "(\(inner))"
    case "\\mathbb", "\\mathbbm", "\\mathds":
      skipSpaces()
      let letter = try script()
      guard ["1", "I"].contains(letter) else { throw error("'\(command){\(letter)}' is not understood", from: start) }
      skipSpaces()
      if next == "_" {
        position += 1
        let place = position
        return "(\(try nested(try script(), at: place)))"
      }
      return try atom()
    case "\\pi": return "pi"
    case "\\infty": return "inf"
    default:
      position = start
      return try word()
    }
  }

  private mutating func fraction(_ start: Int) throws -> String {
    skipSpaces()
    let place = position
    if next == "{" {
      // ∂L over ∂W, or dL over dW, is one name.
      var reader = self
      let above = try reader.group()
      reader.skipSpaces()
      if reader.next == "{" {
        let below = try reader.group()
        if let name = try derivativeName(above, below) {
          position = reader.position
          return name
        }
      }
    }
    position = place
    let above = try braced()
    skipSpaces()
    return "((\(above))/(\(try braced())))"
  }

  /// What stands in braces, or one sign: `\frac12` is a half.
  private mutating func braced() throws -> String {
    skipSpaces()
    if let next, next.isNumber || next.isLetter {
      position += 1
      return String(next)
    }
    guard next == "{" else { return try atom() }
    let start = position
    position += 1
    let inner = try terms { $0.next == "}" }
    guard next == "}" else { throw error("this brace is never closed", from: start) }
    position += 1
    return inner
  }

  /// ∂L over ∂W from both texts, where they are that.
  private func derivativeName(_ above: String, _ below: String) throws -> String? {
    func name(_ text: String, required: Bool) throws -> String? {
      var reader = LectureNotation(text, names: names)
      reader.skipSpaces()
      for sign in ["\\partial", "∂", "\\mathrm{d}", "\\text{d}", "d"] where reader.starts(with: sign) || sign == "d" {
        guard reader.characters.dropFirst(reader.position).starts(with: sign) else { continue }
        if sign == "d", let known = try? LectureNotation.rewritten(text, names: names), names.contains(known) {
          return nil
        }
        reader.position += sign.count
        reader.skipSpaces()
        if reader.next == nil { return "" }
        let found = try reader.nameOnly()
        reader.skipSpaces()
        return reader.next == nil ? found : nil
      }
      return nil
    }
    guard let a = try name(above, required: true), let b = try name(below, required: true), !b.isEmpty else {
      return nil
    }
    return "∂\(a.isEmpty ? "L" : a)/∂\(b)"
  }

  /// `∂L/∂W` on one line.
  private mutating func derivative(after sign: String, _ other: String) throws -> String {
    let start = position
    position += sign.count
    skipSpaces()
    let above = try nameOnly()
    skipSpaces()
    guard next == "/" else { throw error("a derivative is written ∂L/∂a, with both names", from: start) }
    position += 1
    skipSpaces()
    guard characters.dropFirst(position).starts(with: other) else {
      throw error("a derivative is written ∂L/∂a, with both names", from: start)
    }
    position += other.count
    skipSpaces()
    return "∂\(above)/∂\(try nameOnly())"
  }

  /// `\nabla_W L` is ∂L/∂W.
  private mutating func nabla() throws -> String {
    let start = position
    skipSpaces()
    guard next == "_" else { throw error("∇ needs the name it differentiates by: \\nabla_W L", from: start) }
    position += 1
    let below = try script()
    var reader = LectureNotation(below, names: names)
    let name = try reader.nameOnly()
    skipSpaces()
    return "∂\(next?.isLetter == true || next == "\\" ? try nameOnly() : "L")/∂\(name)"
  }

  /// ‖x‖ and |x|; a square of the first is a sum of squares.
  private mutating func norm(open: String, close: [String], isOpen: Bool = false, isAbsolute: Bool = false) throws
    -> String
  {
    let start = position
    if !isOpen { position += open.count }
    let isDouble = !isOpen && open == "|" && next == "|"
    if isDouble { position += 1 }
    let inner = try terms { reader in close.contains { reader.characters.dropFirst(reader.position).starts(with: $0) } }
    guard let end = close.first(where: { characters.dropFirst(position).starts(with: $0) }) else {
      throw error("this is never closed with \(close[0])", from: start)
    }
    position += end.count
    if isDouble, next == "|" { position += 1 }
    if isAbsolute || open == "|" && !isDouble { return "abs(\(inner))" }
    skipSpaces()
    var p = ""
    if next == "_" {
      position += 1
      p = try script()
      skipSpaces()
    }
    guard ["", "1", "2", "F"].contains(p) else {
      throw error("the norm with index '\(p)' is not understood", from: start)
    }
    if p == "1" { return "sum(abs(\(inner)))" }
    for square in ["^2", "^{2}", "²"] where characters.dropFirst(position).starts(with: square) {
      position += square.count
      return "sum((\(inner))^2)"
    }
    // The 2-norm of a matrix is its largest singular value; without the index, and squared as in a penalty, ‖W‖₂², it is
    // that of all elements.
    return p == "2" ? "inducedNorm(\(inner))" : "norm(\(inner))"
  }

  /// `\sum_i y_i \log a_i` is sum(y * log(a)); the index stands for every element.
  private mutating func sum() throws -> String {
    let start = position
    skipSpaces()
    var index = ""
    while next == "_" || next == "^" {
      let sign = next
      position += 1
      let text = try script()
      if sign == "_" { index = String(text.prefix { $0 != "=" }).filter { !$0.isWhitespace } }
      let bound = (sign == "_" ? String(text.drop { $0 != "=" }.dropFirst()) : text).filter { !$0.isWhitespace }
      let isWhole = sign == "_" ? ["", "1"].contains(bound) : bound.allSatisfy(\.isLetter)
      guard isWhole else {
        throw error(
          "a sum over all elements is understood, from 1 to a letter; '\(bound)' is another bound", from: start)
      }
      skipSpaces()
    }
    guard sumIndex == nil else { throw error("a sum inside a sum is not understood; write sum(…)", from: start) }
    if index.isEmpty {
      let inner = try terms { $0.next == "+" || $0.next == "-" || $0.next == "−" || $0.next == "=" }
      return "sum(\(inner))"
    }
    guard index.allSatisfy(\.isLetter), index.count == 1 else {
      throw error("the index '\(index)' of a sum is not understood; one letter stands there", from: start)
    }
    (sumIndex, sawIndex) = (index, false)
    defer { sumIndex = nil }
    let inner = try terms { $0.next == "+" || $0.next == "-" || $0.next == "−" || $0.next == "=" }
    guard sawIndex else { throw error("no name under the sum carries its index \(index)", from: start) }
    // The products under a sum are those of its elements.
    return "sum(\(Self.elementwise(inner)))"
  }

  private static func elementwise(_ text: String) -> String { text.replacing(")(", with: ") * (") }
}
