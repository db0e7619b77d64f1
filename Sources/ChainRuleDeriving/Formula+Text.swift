extension Formula {
  /// The formula in the signs of lectures, on one line: `2(Wx − y)xᵀ`. The expression language reads it back.
  public var text: String { FormulaText(names: names).text(withKnownConstants, at: .sum) }

  /// Every name in it.
  public var names: Set<String> {
    switch self {
    case .number: []
    case .name(let name, _): [name]
    case .sum(let parts), .product(let parts), .call(_, let parts, _): Set(parts.flatMap(\.names))
    case .power(let a, let b), .matrixProduct(let a, let b): a.names.union(b.names)
    case .transposed(let inner): inner.names
    }
  }
}

/// Writes formulas as text; `names` are the names that a sign may not be mistaken for.
struct FormulaText {
  let names: Set<String>

  /// How tightly a place holds together; what is looser gets parentheses.
  enum Binding: Int { case sum, product, juxtaposed, power, atom }

  func text(_ formula: Formula, at place: Binding) -> String {
    let (text, binding) = written(formula)
    return binding.rawValue < place.rawValue ? "(\(text))" : text
  }

  private func written(_ formula: Formula) -> (String, Binding) {
    switch formula {
    case .number(let number): return (Self.text(number), number < 0 ? .sum : .atom)
    case .name(let name, _): return (name, .atom)
    case .sum(let terms): return (sum(terms), .sum)
    case .product(let factors): return product(factors)
    case .power(let base, .number(let exponent)) where exponent < 0 && exponent == exponent.rounded():
      return product([.power(base, .number(exponent))])
    case .power(let base, let exponent): return (power(base, exponent), .power)
    case .matrixProduct(let a, let b): return matrixProduct(a, b)
    case .transposed(.call("inverse", let inner, _)): return (text(inner[0], at: .atom) + "⁻ᵀ", .power)
    case .transposed(let inner): return (text(inner, at: .atom) + "ᵀ", .power)
    case .call(let name, let arguments, let size): return call(name, arguments, size)
    }
  }

  private func sum(_ terms: [Formula]) -> String {
    terms.enumerated().map { index, term in
      guard index > 0 else { return text(term, at: .sum) }
      return term.coefficient < 0 ? " − " + text(-term, at: .product) : " + " + text(term, at: .product)
    }.joined()
  }

  private func product(_ factors: [Formula]) -> (String, Binding) {
    let (coefficient, above, below) = Formula.product(factors).fraction
    var body = chain(above)
    let size = abs(coefficient)
    if body.isEmpty {
      body = Self.text(size)
    } else if size != 1 {
      body = Self.text(size) + (Self.followsNumber(body) ? "" : "·") + body
    }
    if below.count == 1 {
      body += "/" + text(below[0], at: .power)
    } else if !below.isEmpty {
      body += "/(" + chain(below) + ")"
    }
    return coefficient < 0 ? ("−" + body, .sum) : (body, .product)
  }

  private func chain(_ factors: [Formula]) -> String {
    Formula.chain(factors, dot: "·", elementwise: " ⊙ ") { text($0, at: .juxtaposed) }
  }

  private func power(_ base: Formula, _ exponent: Formula) -> String {
    let left = text(base, at: .atom)
    if let number = exponent.number, number >= 0, number == number.rounded(), number < 1000 {
      let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
      return left + String(Self.text(number).compactMap(\.wholeNumberValue).map { digits[$0] })
    }
    return left + "^" + text(exponent, at: .atom)
  }

  private func matrixProduct(_ a: Formula, _ b: Formula) -> (String, Binding) {
    let (written, binding) = written(a)
    // What holds a sign already goes on with it.
    if case .matrixProduct = a, binding == .product, a.size.columns > 1 {
      return (written + " @ " + text(b, at: .power), .product)
    }
    // A name before a parenthesis is a factor.
    let run = String(written.reversed().prefix(while: Self.isInName).reversed())
    let left = text(a, at: .juxtaposed), right = text(b, at: .power)
    guard let last = left.last, let first = right.first else { return (left + right, .juxtaposed) }
    let startsWithName = first.isLetter || first == "_"
    let ends = [")", "ᵀ", "¹"].contains(last) && !left.hasSuffix("^1")
    if ends && (startsWithName || first == "(") || first == "(" && (names.contains(run) || isOfLetters(Array(run))) {
      return (left + right, .juxtaposed)
    }
    let word = left.reversed().prefix(while: Self.isInName).reversed() + Self.leading(right)
    if startsWithName, !Self.startsWithCall(right), isOfLetters(word) { return (left + right, .juxtaposed) }
    // A column takes a row only where no sign stands between them.
    if a.size.columns == 1 { return ("(\(text(a, at: .sum)))" + right, .juxtaposed) }
    return (left + " @ " + text(b, at: .power), .product)
  }

  /// Whether a word is read as the product of its letters: two names of one letter, or more of which the first is a
  /// capital, as no function's is.
  private func isOfLetters(_ word: [Character]) -> Bool {
    let text = String(word), isConstant = ["pi", "nan", "inf", "true", "false"].contains(text.lowercased())
    return (2...12).contains(word.count) && !isConstant && word.allSatisfy { names.contains(String($0)) }
      && (word.count == 2 || word[0].isUppercase) && !names.contains { $0.count > 1 && text.contains($0) }
  }

  /// Rows of numbers, as they are typed.
  private func list(_ elements: [Formula], _ size: Formula.Size) -> String {
    let texts = elements.map { text($0, at: .sum) }
    if size.columns == 1 { return "[" + texts.joined(separator: ", ") + "]" }
    let rows = (0..<size.rows).map { row in
      "[" + texts[row * size.columns..<(row + 1) * size.columns].joined(separator: ", ") + "]"
    }
    return "[" + rows.joined(separator: ", ") + "]"
  }

  private func call(_ name: String, _ arguments: [Formula], _ size: Formula.Size) -> (String, Binding) {
    if ["<", ">", "=="].contains(name) {
      return ("(" + arguments.map { text($0, at: .sum) }.joined(separator: " \(name) ") + ")", .atom)
    }
    if name == "list" { return (list(arguments, size), .atom) }
    if name == "element" {
      let places = arguments.dropFirst().map { text($0, at: .sum) }.joined(separator: ", ")
      return (text(arguments[0], at: .atom) + "[\(places)]", .atom)
    }
    let inner = arguments.map { text($0, at: .sum) }.joined(separator: ", ")
    if let vector = Formula.call(name, arguments, size).normed { return ("‖\(text(vector, at: .sum))‖", .atom) }
    switch name {
    case "logSumExp" where !size.isScalar: return ("\(name)(\(inner), axis: 1)", .atom)
    case "exp" where !names.contains("e"): return ("e^" + text(arguments[0], at: .atom), .power)
    case "sigmoid" where !names.contains("σ"): return ("σ(\(inner))", .atom)
    case "sqrt": return ("√(\(inner))", .atom)
    case "inverse": return (text(arguments[0], at: .atom) + "⁻¹", .power)
    case "pi": return ("π", .atom)
    case "abs": return ("|\(inner)|", .atom)
    case "determinant": return ("det(\(inner))", .atom)
    case "lowerTriangle", "upperTriangle":
      let offset = arguments.count > 1 ? ", offset: \(Self.text(arguments[1].number ?? 0))" : ""
      return ("\(name)(\(text(arguments[0], at: .sum))\(offset))", .atom)
    default: return ("\(name)(\(inner))", .atom)
    }
  }

  // MARK: Words

  static func text(_ number: Double) -> String {
    let text = number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    return text.replacing("-", with: "−")
  }

  /// Whether a number may stand right before it.
  private static func followsNumber(_ text: String) -> Bool {
    guard let first = text.first else { return false }
    if first == "e" || first == "E" { return text.hasPrefix("e^") }
    return first.isLetter || first == "("
  }

  private static func isInName(_ character: Character) -> Bool {
    (character.isLetter || character.isNumber || character == "_") && !"ᵀ⁰¹²³⁴⁵⁶⁷⁸⁹".contains(character)
  }

  private static func leading(_ text: String) -> [Character] { Array(text.prefix(while: isInName)) }
  private static func startsWithCall(_ text: String) -> Bool {
    text.dropFirst(leading(text).count).first == "("
  }
  private static func isSingle(_ name: some Sequence<Character>) -> Bool { Array(name).count == 1 }
}
