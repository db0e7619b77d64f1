import ChainRuleCore

extension LectureNotation {
  /// A name or a call: letters, a Greek letter's command, an accent or a font around them, with their indices.
  mutating func word() throws -> String {
    let start = position
    let isCommand = next == "\\"
    let base = try baseName()
    skipSpaces()
    let isPrimed = next == "'" || next == "′" || starts(with: "^\\prime") || starts(with: "^{\\prime}")
    if let function = function(base, isCommand: isCommand, isPrimed: isPrimed) { return try call(function, start) }
    if isPrimed { throw error("no function is called \(base), so it has no derivative \(base)′", from: start) }
    let name = try withIndices(base, start)
    if name != base || names.contains(name) { return name }
    if let parts = parts(of: Substring(name), among: names), parts.count > 1 {
      return parts.map { "(\($0))" }.joined()
    }
    if isCommand, Self.letters[base] == nil, !Self.letters.values.contains(base) {
      throw error("'\(String(characters[start..<position]))' is not understood", from: start)
    }
    return name
  }

  /// A name with its indices and nothing else, as it stands behind ∂.
  mutating func nameOnly() throws -> String {
    let start = position
    skipSpaces()
    guard next?.isLetter == true || next == "\\" || next == "{" else {
      throw error("a name is needed here", from: start)
    }
    if next == "{" {
      let inner = try group()
      return try LectureNotation.named(inner, names)
    }
    let base = try baseName()
    return try withIndices(base, start)
  }

  private static func named(_ text: String, _ names: Set<String>) throws -> String {
    var reader = LectureNotation(text, names: names)
    return try reader.nameOnly()
  }

  // MARK: Names

  private mutating func baseName() throws -> String {
    let start = position
    guard let command = peekCommand() else {
      let word = String(characters[position...].prefix { $0.isLetter })
      let run = String(
        characters[position...].prefix { $0.isLetter || $0.isASCII && $0.isNumber })
      let taken = names.contains(run) || ExpressionFunction.named(run) != nil && !names.contains(word) ? run : word
      position += taken.count
      return taken
    }
    position += command.count
    let name = String(command.dropFirst())
    if let letter = Self.letters[name] { return names.contains(name) ? name : letter }
    switch name {
    case "mathbf", "boldsymbol", "bm", "mathrm", "text", "operatorname", "mathit", "vec", "mathcal", "mathsf", "textrm",
      "textbf", "pmb":
      skipSpaces()
      let inner = try script()
      if inner.hasPrefix("\\") { return try LectureNotation.named(inner, names) }
      return inner.filter { !$0.isWhitespace && $0 != "\\" }
    case "hat", "tilde", "bar", "widehat", "overline":
      skipSpaces()
      let inner = try script()
      let marks = ["hat": "\u{302}", "widehat": "\u{302}", "tilde": "\u{303}", "bar": "\u{304}", "overline": "\u{304}"]
      let spoken = name == "widehat" ? "hat" : name == "overline" ? "bar" : name
      let composed = inner + (marks[name] ?? "")
      return [composed, inner + spoken, inner + "_" + spoken, inner + spoken.capitalized].first(where: names.contains)
        ?? composed
    default:
      if ExpressionFunction.named(name) != nil || ["ln", "Tr", "tr"].contains(name) { return name }
      throw error("'\(command)' is not understood", from: start)
    }
  }

  /// A name with what stands below and above it: `w_{11}`, `W^{(2)}`, `a_i` under a sum.
  private mutating func withIndices(_ base: String, _ start: Int) throws -> String {
    var name = base
    while true {
      let before = position
      skipSpaces()
      if next == "_" {
        position += 1
        name = try subscripted(name, try script(), start)
      } else if next == "^" {
        position += 1
        let exponent = try? script()
        guard let layer = exponent.flatMap(Self.layer) else {
          position = before
          return name
        }
        name = [name + layer.index, name + "_" + layer.index].first(where: names.contains) ?? name + layer.index
        if layer.isTransposed { return "(\(name))ᵀ" }
      } else {
        return name
      }
    }
  }

  /// `(2)` and `[2]` number a layer; a T behind them transposes.
  private static func layer(_ text: String) -> (index: String, isTransposed: Bool)? {
    let plain = text.filter { !$0.isWhitespace }
    guard let open = plain.first, open == "(" || open == "[",
      let close = plain.firstIndex(of: open == "(" ? ")" : "]")
    else { return nil }
    let index = String(plain[plain.index(after: plain.startIndex)..<close])
    guard !index.isEmpty, index.allSatisfy({ $0.isLetter || $0.isNumber }) else { return nil }
    let rest = String(plain[plain.index(after: close)...])
    guard ["", "T", "\\top", "⊤", "{\\top}"].contains(rest) else { return nil }
    return (index, !rest.isEmpty)
  }

  private mutating func subscripted(_ name: String, _ text: String, _ start: Int) throws -> String {
    let index = text.filter { !$0.isWhitespace && $0 != "\\" && $0 != "{" && $0 != "}" }
    if let known = [name + index, name + "_" + index].first(where: names.contains) { return known }
    if index == sumIndex, names.contains(name) {
      sawIndex = true
      return name
    }
    if let sumIndex, index.contains(sumIndex), index.count > 1, names.contains(name) {
      throw error("an element with two indices is not understood under a sum; write W @ x", from: start)
    }
    let numbers = index.split(separator: ",").compactMap { Int($0) }
    if names.contains(name), !numbers.isEmpty, numbers.count == index.split(separator: ",").count,
      numbers.allSatisfy({ $0 > 0 })
    {
      // Lectures count from 1.
      let isPair = numbers.count == 1 && index.count == 2 && name.first?.isUppercase == true
      let places = isPair ? index.compactMap(\.wholeNumberValue) : numbers
      return name + "[" + places.map { "\($0 - 1)" }.joined(separator: ", ") + "]"
    }
    return name + "_" + index.replacing(",", with: "_")
  }

  // MARK: Calls

  private func function(_ base: String, isCommand: Bool, isPrimed: Bool) -> String? {
    if names.contains(base) { return nil }
    let spoken = ["ln": "log", "Tr": "trace", "tr": "trace", "σ": "σ", "arctan": "atan"][base] ?? base
    guard ExpressionFunction.named(spoken) != nil else { return nil }
    // A letter alone is a name unless an argument follows.
    if spoken.count == 1, !isPrimed, next != "(" { return nil }
    return isCommand || next == "(" || isPrimed || spoken.count > 1 ? spoken : nil
  }

  private mutating func call(_ function: String, _ start: Int) throws -> String {
    var function = function
    var power: String?, base: String?
    while true {
      skipSpaces()
      if next == "'" || next == "′" {
        position += 1
        function += "′"
      } else if starts(with: "^\\prime") || starts(with: "^{\\prime}") {
        position += starts(with: "^\\prime") ? 7 : 9
        function += "′"
      } else if next == "^", power == nil {
        position += 1
        let place = position
        power = try nested(try script(), at: place)
      } else if next == "_", base == nil {
        position += 1
        let place = position
        let index = try nested(try script(), at: place)
        guard function == "log" else {
          throw error("the index '\(index)' of \(function) is not understood", from: place)
        }
        base = index
      } else {
        break
      }
    }
    if let exponent = power, exponent.filter({ !$0.isWhitespace }) == "-1" {
      guard let inverse = Self.inverses[function] else {
        throw error("\(function)⁻¹ is its inverse or 1/\(function): write which", from: start)
      }
      (function, power) = (inverse, nil)
    }
    var arguments: [String] = []
    if next == "(" || next == "[" {
      let close: Character = next == "(" ? ")" : "]"
      repeat {
        position += 1
        arguments.append(try terms { $0.next == "," || $0.next == close })
        skipSpaces()
      } while next == ","
      guard next == close else { throw error("the arguments of \(function) are never closed", from: start) }
      position += 1
    } else {
      arguments.append(try argumentWithoutBrackets())
    }
    var text = "\(function)(\(arguments.joined(separator: ", ")))"
    if let base { text = "(\(text) / log(\(base)))" }
    return power.map { "(\(text))^(\($0))" } ?? text
  }

  /// What lectures mean by the power −1 of a function.
  private static let inverses = [
    "sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh", "exp": "log",
    "log": "exp",
  ]

  /// `\log a_i`, `\sin 2x`: the next atom, a number before it included.
  private mutating func argumentWithoutBrackets() throws -> String {
    skipSpaces()
    let isNumber = next?.isNumber == true
    let first = try atomWithScripts()
    skipSpaces()
    guard isNumber, next?.isLetter == true else { return first }
    return first + " * " + (try atomWithScripts())
  }

  static let letters: [String: String] = [
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ",
  ]
}

extension String {
  fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
