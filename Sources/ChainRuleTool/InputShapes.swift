import ChainRule

/// The inputs of an expression as they are typed, `x=[1, 2]` or `W=[m, n]`: values, or lengths that may be letters.
struct InputShapes {
  /// Lengths as they were given, numbers or letters.
  typealias Lengths = [String]

  private(set) var given: [String: Lengths] = [:]
  /// The values of those that are given with one.
  private(set) var values: [String: Tensor] = [:]
  /// Numbers that are given as a range, `x=-1...2`, one for every element of a list, `x=[-1...2, 3]`.
  private(set) var ranges: [String: [ClosedRange<Double>]] = [:]

  /// The ranges, and every value as ranges of one number each.
  var boxes: [String: [ClosedRange<Double>]] {
    ranges.merging(values.mapValues { $0.scalars.filter(\.isFinite).map { $0...$0 } }) { range, _ in range }
  }

  /// The letters that stand for lengths, in alphabetical order.
  var letters: [String] { Set(given.values.joined().filter { Int($0) == nil }).sorted() }

  /// Takes one word behind the expression.
  /// - Throws: ``UsageError`` for a name that is given twice, and for what is neither.
  mutating func take(_ name: String, _ text: String) throws {
    guard given[name] == nil else { throw UsageError("'\(name)' is given twice") }
    let inner = text.filter { !$0.isWhitespace }
    guard !inner.isEmpty else { throw UsageError("'\(name)=' lacks its value, as in \(name)=2") }
    if inner.contains("...") || inner.contains("…") {
      let isList = inner.hasPrefix("[") && inner.hasSuffix("]")
      let parts = isList ? inner.dropFirst().dropLast().split(separator: ",").map(String.init) : [inner]
      let found = parts.compactMap { Self.range($0) }
      guard found.count == parts.count, !found.isEmpty else {
        throw UsageError("a range is written \(name)=-1...2, or \(name)=[-1...2, 3] for a vector, not '\(text)'")
      }
      (ranges[name], given[name]) = (found, isList ? ["\(found.count)"] : [])
      return
    }
    if inner.hasPrefix("["), inner.hasSuffix("]") {
      let parts = inner.dropFirst().dropLast().split(separator: ",").map(String.init)
      let isLetter = parts.map { $0.first?.isLetter == true && $0.allSatisfy { $0.isLetter || $0.isNumber } }
      if isLetter.contains(true), zip(parts, isLetter).allSatisfy({ $1 || (1...9999).contains(Int($0) ?? 0) }) {
        given[name] = parts
        return
      }
    }
    do {
      let value = try Tensor(literal: text)
      given[name] = value.shape.dimensions.map(String.init)
      values[name] = value
    } catch { throw UsageError("the value of '\(name)': \(error)") }
  }

  /// The numbers from one to another; a single number is a range of its own.
  private static func range(_ text: String) -> ClosedRange<Double>? {
    let dots = text.firstRange(of: "...") ?? text.firstRange(of: "…")
    let ends = dots.map { [text[..<$0.lowerBound], text[$0.upperBound...]] } ?? [text[...], text[...]]
    guard let low = Double(ends[0].replacing("−", with: "-")), let high = Double(ends[1].replacing("−", with: "-")),
      low <= high, (high - low).isFinite
    else { return nil }
    return low...high
  }

  /// Beside letters, a list of whole numbers such as b=[3] or M=[3, 3] is lengths as well.
  mutating func settle() {
    if !letters.isEmpty, let settled = withListsAsLengths { self = settled }
  }

  /// Two choices of numbers for letters: what holds for one and not for the other depends on them.
  enum Choice {
    case first, second

    fileprivate var lengths: [Int] { self == .first ? [5, 7, 11, 13, 17, 19, 23] : [9, 11, 13, 7, 23, 29, 31] }
    fileprivate var small: [Int] { self == .first ? [3, 2, 4, 5, 6, 7, 8] : [2, 5, 3, 4, 7, 6, 9] }
  }

  /// Numbers for the letters of lengths.
  /// - Throws: ``UsageError`` for too many letters.
  func shapes(_ chosen: [String: Lengths], _ choice: Choice, isSmall: Bool = false) throws -> [String: Shape] {
    let lengths = isSmall ? choice.small : choice.lengths
    guard letters.count <= lengths.count else { throw UsageError("at most \(lengths.count) letters stand for lengths") }
    let sizes = Dictionary(uniqueKeysWithValues: zip(letters, lengths))
    return chosen.mapValues { Shape($0.map { Int($0) ?? sizes[$0] ?? 1 }) }
  }

  /// What each letter stands for in both choices.
  var lengths: [(letter: String, first: Int, second: Int)] {
    zip(letters, zip(Choice.first.lengths, Choice.second.lengths)).map { ($0, $1.0, $1.1) }
  }

  /// The same with lists of whole numbers, such as M=[3, 3], as lengths and not as values; nothing where there are none.
  var withListsAsLengths: InputShapes? {
    var other = self
    for (name, value) in values where value.shape.rank == 1 && (1...3).contains(value.shape.elementCount) {
      guard value.scalars.allSatisfy({ $0 == $0.rounded() && (2...4096).contains($0) }) else { continue }
      other.given[name] = value.scalars.map { String(Int($0)) }
      other.values[name] = nil
    }
    return other.values.count < values.count ? other : nil
  }

  /// The first lengths for `free`, the inputs without any, with which `body` does not throw; numbers unless other inputs
  /// have letters.
  /// - Parameter exponents: those that are numbers if that fits.
  /// - Throws: what `body` said first, of what fits rather than of what does not.
  func firstThatFits<T>(
    _ free: [String], exponents: Set<String> = [], _ body: ([String: Lengths]) throws -> T
  ) throws -> (chosen: [String: Lengths], result: T) {
    // Beside numbers alone, the first that fit may be those.
    let numbers = Set(given.values.joined()).filter { Int($0) ?? 0 > 1 }.sorted()
    let letters = letters.isEmpty ? Array(numbers.prefix(4)) : letters
    var choices: [Lengths] = self.letters.isEmpty ? [[]] + letters.map { [$0] } : letters.map { [$0] } + [[]]
    for a in letters { choices += letters.map { [a, $0] } }
    let count = free.reduce(1) { count, _ in Swift.min(count * choices.count, 2000) }
    var problem: (any Error)?
    for number in 0..<count {
      var chosen = given, rest = number
      for name in free {
        let place = rest % choices.count
        // A number stands first among an exponent's choices, and all others behind it.
        let numbered = choices.firstIndex(of: []) ?? 0
        chosen[name] =
          choices[!exponents.contains(name) ? place : place == 0 ? numbered : place <= numbered ? place - 1 : place]
        rest /= choices.count
      }
      do { return (chosen, try body(chosen)) } catch {
        // What fits and has no notation says more than what does not fit.
        let isRefusal = (error as? ChainRuleError)?.origin == "derivation"
        if problem == nil || isRefusal && !((problem as? ChainRuleError)?.origin == "derivation") { problem = error }
      }
    }
    throw UsageError("\(problem.map { "\($0)" } ?? "no shapes fit")")
  }

  /// What was chosen for inputs that nothing was said about, a line each.
  func guesses(_ chosen: [String: Lengths]) -> [String] {
    guard !letters.isEmpty || chosen.values.contains(where: { !$0.isEmpty }) else { return [] }
    return chosen.keys.filter { given[$0] == nil }.sorted().map { name in
      let lengths = chosen[name] ?? []
      return "\(name): \(lengths.isEmpty ? "a scalar" : lengths.joined(separator: " × "))"
    }
  }
}
