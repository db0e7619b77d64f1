import ChainRuleCore

extension Formula {
  /// One formula for two that were derived with other numbers in place of letters: numbers that differ as a length does,
  /// or as its reciprocal, are written with its letter. Nothing where the two differ otherwise.
  package func unified(with other: Formula, lengths: [(letter: String, first: Int, second: Int)]) -> Formula? {
    func all(_ a: [Formula], _ b: [Formula]) -> [Formula]? {
      guard a.count == b.count else { return nil }
      let parts = zip(a, b).compactMap { $0.unified(with: $1, lengths: lengths) }
      return parts.count == a.count ? parts : nil
    }
    switch (self, other) {
    case (.number(let a), .number(let b)):
      return a == b ? self : Self.number(a, b, lengths)
    case (.name(let a, _), .name(let b, _)): return a == b ? self : nil
    case (.sum(let a), .sum(let b)): return all(a, b).map { .sum($0) }
    case (.product(let a), .product(let b)):
      if let parts = all(a, b) { return .product(Self.coefficientsInFront(parts)) }
      return nil
    case (.power(let a, let m), .power(let b, let n)): return all([a, m], [b, n]).map { .power($0[0], $0[1]) }
    case (.matrixProduct(let a, let b), .matrixProduct(let c, let d)):
      return all([a, b], [c, d]).map { .matrixProduct($0[0], $0[1]) }
    case (.transposed(let a), .transposed(let b)): return a.unified(with: b, lengths: lengths).map { .transposed($0) }
    case (.call(let a, let x, let size), .call(let b, let y, _)) where a == b:
      return all(x, y).map { .call(a, $0, size) }
    default: return nil
    }
  }

  /// k·n, k/n, k·m·n or k/(m·n) for one k.
  private static func number(
    _ a: Double, _ b: Double, _ lengths: [(letter: String, first: Int, second: Int)]
  ) -> Formula? {
    var choices: [(Formula, Double, Double)] = lengths.map {
      (.name($0.letter, .scalar), Double($0.first), Double($0.second))
    }
    for (place, m) in choices.enumerated() {
      for n in choices.dropFirst(place).prefix(lengths.count - place) {
        choices.append((m.0 * n.0, m.1 * n.1, m.2 * n.2))
      }
    }
    for (formula, first, second) in choices {
      for isBelow in [false, true] {
        let (x, y) = isBelow ? (a * first, b * second) : (a / first, b / second)
        let rounded = (x * 1e6).rounded() / 1e6
        guard (x - y).magnitude <= 1e-12 * x.magnitude, (x - rounded).magnitude <= 1e-12 * x.magnitude else { continue }
        return .number(rounded) * (isBelow ? formula.raised(to: .number(-1)) : formula)
      }
    }
    return nil
  }

  /// A product whose first part became a product itself.
  private static func coefficientsInFront(_ parts: [Formula]) -> [Formula] {
    let flat = parts.flatMap(\.factors)
    return flat.filter { $0.number != nil && $0.number != 1 } + flat.filter { $0.number == nil }
  }
}
