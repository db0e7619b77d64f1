extension Formula {
  /// The lighter of the formula and what multiplying out makes of it, in every part: σ(1 − y) − y(1 − σ) is σ − y.
  var simplified: Formula {
    let inner = rebuilt { $0.simplified }
    switch inner {
    case .sum, .product:
      guard let expanded = inner.expanded, expanded.weight < inner.weight else { return inner }
      return expanded
    default: return inner
    }
  }

  /// f·(g + h) is f·g + f·h, throughout sums and products; nothing where that makes more than `mostTerms`.
  private var expanded: Formula? {
    let mostTerms = 64
    switch self {
    case .sum(let terms):
      var total = Formula.number(0)
      for term in terms {
        guard let part = term.expanded else { return nil }
        total = total + part
        guard total.summands.count <= mostTerms else { return nil }
      }
      return total
    case .product(let factors):
      var terms: [Formula] = [.number(1)]
      for factor in factors {
        guard let parts = factor.expanded?.summands, terms.count * parts.count <= mostTerms else { return nil }
        terms = terms.flatMap { term in parts.map { term * $0 } }
      }
      return terms.reduce(.number(0), +)
    default: return self
    }
  }

  private var summands: [Formula] { if case .sum(let terms) = self { terms } else { [self] } }

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
