import ChainRuleCore
import ChainRuleExpression

/// The formulas that are one slip away from a claim: each replaces one piece of its text. The nearest slips come first.
struct ClaimEdits {
  /// A changed formula, and what was changed.
  struct Edit {
    let text: String
    let change: String
    fileprivate let rank: Int
  }

  private let expression: Expression
  private let source: [UInt8]
  private let names: [String: Node]
  private var edits: [Edit] = []

  init(_ expression: Expression, names: [String: Node]) {
    (self.expression, source, self.names) = (expression, Array(expression.source.utf8), names)
    for piece in expression.pieces.indices { add(piece) }
    whole()
  }

  /// Every formula once, by rank.
  var all: [Edit] {
    var seen: Set<String> = [expression.source]
    return edits.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element)
      .filter { seen.insert($0.text).inserted }
  }

  // MARK: One piece

  private mutating func add(_ index: Int) {
    let piece = expression.pieces[index], text = self.text(piece.range)
    switch piece.kind {
    case .binary(let binary, let left, let right): addBinary(binary, left, right, piece.range)
    case .negated(let operand):
      replace(piece.range, self.text(of: operand), "the sign of \(text)", 3)
    case .call(let name, let arguments):
      if name == "ᵀ", let inner = arguments.first { replace(piece.range, self.text(of: inner.piece), "a transpose", 4) }
      addCall(name, arguments, piece.range)
    case .number(let number) where number == number.rounded() && number.magnitude < 100 && number != 0:
      replace(piece.range, "\(Int(number) + 1)", "the number \(Int(number))", 8)
      replace(piece.range, "\(Int(number) - 1)", "the number \(Int(number))", 8)
    case .input(let name), .reference(let name, _): addName(name, piece.range)
    default: break
    }
    guard piece.kind.isOperand else { return }
    let inner = atom(piece.range)
    replace(piece.range, "-\(inner)", "the sign of \(text)", 4)
    replace(piece.range, "\(inner)ᵀ", "a transpose", 5)
    replace(piece.range, "1 - \(inner)", "1 − \(text) in place of \(text)", 9)
    if !isBase(index) { replace(piece.range, "\(inner)^2", "an exponent", 6) }
    if !isBase(index) { replace(piece.range, "1/\(inner)", "an exponent", 6) }
  }

  private mutating func addBinary(
    _ binary: Expression.Operator, _ left: Int, _ right: Int, _ range: Range<Int>
  ) {
    let (a, b) = (extent(left, in: range, isLeft: true), extent(right, in: range, isLeft: false))
    switch binary {
    case .add: replace(range, "\(a) - \(b)", "a sign", 1)
    case .subtract:
      replace(range, "\(a) + \(b)", "a sign", 1)
      replace(range, "\(b) - \(a)", "the order of a difference", 2)
    case .matmul, .juxtaposed:
      replace(range, "(\(b))(\(a))", "the order of a product", 5)
      replace(range, "(\(b))ᵀ(\(a))", "the order of a product and a transpose", 7)
      replace(range, "(\(b))(\(a))ᵀ", "the order of a product and a transpose", 7)
      replace(range, "(\(a))ᵀ(\(b))", "a transpose", 5)
      replace(range, "(\(a))(\(b))ᵀ", "a transpose", 5)
      replace(range, "(\(a)) * (\(b))", "⊙ in place of a matrix product", 6)
    case .multiply:
      replace(range, "(\(a))(\(b))", "a matrix product in place of ⊙", 6)
      replace(range, "(\(a))ᵀ(\(b))", "a matrix product in place of ⊙, and a transpose", 7)
      replace(range, "(\(a))(\(b))ᵀ", "a matrix product in place of ⊙, and a transpose", 7)
      replace(range, "(\(b))(\(a))ᵀ", "a matrix product in place of ⊙, and a transpose", 7)
      replace(range, "\(a) / (\(b))", "a quotient in place of a product", 6)
    case .divide:
      replace(range, "(\(a)) * (\(b))", "a product in place of a quotient", 6)
      replace(range, "(\(b)) / (\(a))", "the order of a quotient", 6)
    case .power:
      if case .number(let number) = expression.pieces[right].kind {
        for change in [1.0, -1] {
          let new = number + change
          replace(range, new == 1 ? a : "\(a)^\(Self.number(new))", "an exponent", 6)
        }
        replace(range, "\(a)^\(Self.number(-number))", "an exponent", 6)
      }
    case .less: replace(range, "\(a) > \(b)", "the direction of a comparison", 3)
    case .greater: replace(range, "\(a) < \(b)", "the direction of a comparison", 3)
    case .equal: break
    }
    if binary == .add || binary == .subtract {
      replace(range, a, "a summand too many", 10)
      for (kept, other, isLeft) in [(a, b, true), (b, a, false)] {
        let sign = binary == .add ? "+" : "-"
        for factor in ["2", "0.5"] {
          let scaled = "\(factor) * (\(kept))"
          replace(
            range, isLeft ? "\(scaled) \(sign) \(other)" : "\(other) \(sign) \(scaled)", "a factor of \(factor)", 4)
        }
      }
    } else if binary == .multiply || binary == .juxtaposed || binary == .matmul {
      replace(range, a, "a factor too many", 10)
      replace(range, b, "a factor too many", 10)
    } else if binary == .divide {
      replace(range, a, "a divisor too many", 10)
    }
  }

  private mutating func addCall(_ name: String, _ arguments: [Expression.Argument], _ range: Range<Int>) {
    for argument in arguments where name != "ᵀ" {
      let piece = expression.pieces[argument.piece], inner = atom(piece.range)
      switch piece.kind {
      case .negated(let operand): replace(piece.range, text(of: operand), "an argument's sign", 3)
      case .number, .text: break
      default: replace(piece.range, "-\(inner)", "an argument's sign", 2)
      }
    }
    let others = [
      "sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "exp": "log", "log": "exp", "max": "min",
      "min": "max", "sum": "mean", "mean": "sum", "sigmoid": "σ′", "σ": "σ′", "tanh": "tanh′", "relu": "relu′",
      "σ′": "σ", "tanh′": "tanh",
    ]
    if let other = others[name], text(range).hasPrefix(name) {
      replace(range, other + text(range).dropFirst(name.count), "\(other) in place of \(name)", 8)
    }
  }

  /// A name that stands for another one throughout.
  private mutating func everywhere(_ name: String, _ other: String) {
    let ranges = expression.pieces.filter {
      switch $0.kind {
      case .input(name), .reference(name, _): true
      default: false
      }
    }.map(\.range)
    guard ranges.count > 1 else { return }
    var text = "", start = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      text += self.text(start..<range.lowerBound) + other
      start = range.upperBound
    }
    edits.append(Edit(text: text + self.text(start..<source.count), change: "\(other) in place of \(name)", rank: 7))
  }

  private mutating func addName(_ name: String, _ range: Range<Int>) {
    guard let node = names[name] else { return }
    for (other, candidate) in names.sorted(by: { $0.key < $1.key })
    where other != name && candidate.shape == node.shape && !other.contains("∂") {
      replace(range, other, "\(other) in place of \(name)", 7)
      everywhere(name, other)
    }
  }

  // MARK: The whole formula

  private mutating func whole() {
    guard case let range = expression.pieces[expression.result].range, range.count > 0 else { return }
    let text = text(range), isSum = isLoose(expression.result)
    let wrapped = isSum ? "(\(text))" : text
    replace(range, "-\(wrapped)", "a minus in front", 1)
    replace(range, "2 * \(wrapped)", "a factor of 2", 2)
    replace(range, "\(wrapped) / 2", "a factor of ½", 2)
    replace(range, "(\(text))ᵀ", "a transpose", 5)
    let lengths = Set(names.values.flatMap(\.shape.dimensions)).filter { $0 > 2 }.sorted()
    for length in lengths {
      replace(range, "\(wrapped) / \(length)", "a factor of 1/\(length), the mean's", 8)
      replace(range, "\(length) * \(wrapped)", "a factor of \(length)", 8)
    }
    for name in names.keys.sorted() where !name.contains("∂") {
      replace(range, "\(wrapped) * \(name)", "a factor \(name) is missing", 9)
      replace(range, "(\(wrapped))(\(name))ᵀ", "a factor \(name)ᵀ is missing", 9)
      replace(range, "(\(name))ᵀ(\(text))", "a factor \(name)ᵀ is missing", 9)
      replace(range, "\(wrapped) / \(name)", "a divisor \(name) is missing", 9)
      replace(range, "\(text) + \(name)", "a summand \(name) is missing", 11)
      replace(range, "\(text) - \(name)", "a summand \(name) is missing", 11)
    }
  }

  // MARK: Text

  private func text(_ range: Range<Int>) -> String { String(decoding: source[range], as: UTF8.self) }

  /// A piece's text, parentheses around it included where they hold more than it.
  private func text(of piece: Int) -> String {
    let text = text(expression.pieces[piece].range)
    return isLoose(piece) ? "(\(text))" : text
  }

  private func isLoose(_ piece: Int) -> Bool {
    switch expression.pieces[piece].kind {
    case .binary(let binary, _, _): binary != .power
    case .negated: true
    default: false
    }
  }

  /// An operand of a binary piece with the parentheses that the source has around it.
  private func extent(_ piece: Int, in range: Range<Int>, isLeft: Bool) -> String {
    let own = expression.pieces[piece].range
    let text = text(own)
    let isBare = isLeft ? own.lowerBound == range.lowerBound : own.upperBound == range.upperBound
    return isBare && !isLoose(piece) ? text : isBare && isTight(piece) ? text : "(\(text))"
  }

  private func isTight(_ piece: Int) -> Bool {
    if case .binary(let binary, _, _) = expression.pieces[piece].kind {
      return [.multiply, .divide, .matmul, .juxtaposed, .power].contains(binary)
    }
    return false
  }

  private func atom(_ range: Range<Int>) -> String {
    let text = text(range)
    let isPlain = text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    let isCall = text.last == ")" && text.first?.isLetter == true && Self.closesAtEnd(text)
    return isPlain || isCall || text.last == "]" && !text.contains(" ") ? text : "(\(text))"
  }

  private static func closesAtEnd(_ text: String) -> Bool {
    var depth = 0
    for (place, character) in zip(1..., text) {
      if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
      if depth == 0, character == ")" { return place == text.count }
    }
    return false
  }

  /// Whether brackets or commas stand on both sides, so that nothing outside binds into the piece.
  private func isEnclosed(_ range: Range<Int>) -> Bool {
    let before = source[..<range.lowerBound].last { $0 != 0x20 },
      after = source[range.upperBound...].first { $0 != 0x20 }
    return (before == nil || "(,[;=".utf8.contains(before ?? 0)) && (after == nil || "),];".utf8.contains(after ?? 0))
  }

  private func isBase(_ piece: Int) -> Bool {
    expression.pieces.contains { if case .binary(.power, piece, _) = $0.kind { true } else { false } }
  }

  private static func number(_ number: Double) -> String {
    let text = Int(exactly: number).map { "\($0)" } ?? "\(number)"
    return number < 0 ? "(\(text))" : text
  }

  private mutating func replace(_ range: Range<Int>, _ new: String, _ change: String, _ rank: Int) {
    let isPlain = new.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    let isCall = new.first?.isLetter == true && new.last == ")" && Self.closesAtEnd(new)
    let inserted = isPlain || isCall || isEnclosed(range) ? new : "(\(new))"
    let text =
      String(decoding: source[..<range.lowerBound], as: UTF8.self) + inserted
      + String(decoding: source[range.upperBound...], as: UTF8.self)
    edits.append(Edit(text: text, change: change, rank: rank))
  }
}

extension Expression.Kind {
  /// Whether it is a value that a slip may have touched.
  fileprivate var isOperand: Bool {
    switch self {
    case .input, .reference, .call, .element, .binary: true
    case .number, .assignment, .negated, .list, .text: false
    }
  }
}
