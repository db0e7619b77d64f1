extension Formula {
  /// The lighter of the formula and what multiplying out makes of it, in every part: σ(1 − y) − y(1 − σ) is σ − y.
  var simplified: Formula {
    let inner = rebuilt { $0.simplified }
    switch inner {
    case .sum, .product:
      guard let expanded = inner.expanded(), expanded.weight < inner.weight else { return inner }
      return expanded
    default: return inner
    }
  }

  /// f·(g + h) is f·g + f·h, throughout sums and products; nothing where that makes more than `mostTerms`.
  func expanded(mostTerms: Int = 64) -> Formula? {
    switch self {
    case .sum(let terms):
      var total = Formula.number(0)
      for term in terms {
        guard let part = term.expanded(mostTerms: mostTerms) else { return nil }
        total = total + part
        guard total.terms.count <= mostTerms else { return nil }
      }
      return total
    case .product(let factors):
      var terms: [Formula] = [.number(1)]
      for factor in factors {
        guard let parts = factor.expanded(mostTerms: mostTerms)?.terms, terms.count * parts.count <= mostTerms else {
          return nil
        }
        terms = terms.flatMap { term in parts.map { term * $0 } }
      }
      return terms.reduce(.number(0), +)
    case .power(let base, .number(let exponent)) where exponent == exponent.rounded() && 2...6 ~= exponent:
      guard case .sum = base else { return self }
      return Formula.product([Formula](repeating: base, count: Int(exponent))).expanded(mostTerms: mostTerms)
    default: return self
    }
  }

  /// The formula with each of its parts replaced, and simplified as it is built again. Where a tensor became a number,
  /// a product of matrices and a function of it stay as they are: they read its size.
  func rebuilt(_ replace: (Formula) -> Formula) -> Formula {
    switch self {
    case .number, .name: return self
    case .sum(let terms): return terms.map(replace).reduce(.number(0), +)
    case .product(let factors): return factors.map(replace).reduce(.number(1), *)
    case .power(let base, let exponent): return replace(base).raised(to: replace(exponent))
    case .call(let name, let arguments, let size):
      let replaced = arguments.map(replace)
      return replaced.map(\.size) == arguments.map(\.size) ? .call(name, replaced, size) : self
    case .matrixProduct(let a, let b):
      let (left, right) = (replace(a), replace(b))
      return left.size == a.size && right.size == b.size ? left.times(right) : self
    case .transposed(let inner): return replace(inner).transpose
    }
  }
}
