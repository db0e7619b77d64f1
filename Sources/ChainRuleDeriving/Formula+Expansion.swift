extension Formula {
  /// The lightest of the formula and what multiplying out, factoring out and moving a transpose inwards make of it, in
  /// every part: σ(1 − y) − y(1 − σ) is σ − y.
  var simplified: Formula {
    var best = rebuilt { $0.simplified }
    for _ in 0..<4 {
      guard let lighter = best.variants.min(by: { $0.cost < $1.cost }), lighter.cost < best.cost else { break }
      best = lighter
    }
    return best
  }

  /// The formula without what only counts where two values are equal, at the tie of a maximum: (a > b) + ½(a == b) is
  /// written (a > b), as lectures do.
  var withoutTies: Formula {
    let formula = rebuilt { $0.withoutTies }
    guard case .sum(let terms) = formula else { return formula }
    func others(_ term: Formula, _ signs: Set<String>) -> (sides: Set<Formula>, rest: Formula)? {
      guard let place = term.factors.firstIndex(where: { $0.isCall(of: signs) }),
        case .call(_, let sides, _) = term.factors[place]
      else { return nil }
      return (Set(sides), term.factors.indices.filter { $0 != place }.map { term.factors[$0] }.reduce(.number(1), *))
    }
    let whole = terms.compactMap { others($0, ["<", ">"]) }
    return terms.filter { term in
      guard let tie = others(term, ["=="]) else { return true }
      return !whole.contains { $0.sides == tie.sides && .number(0.5) * $0.rest == tie.rest }
    }.reduce(.number(0), +)
  }

  private func isCall(of names: Set<String>) -> Bool {
    if case .call(let name, _, _) = self { names.contains(name) } else { false }
  }

  /// The formula with each of some matrices for its own transpose.
  package func whereSymmetric(_ matrices: Set<String>) -> Formula {
    func replaced(_ formula: Formula) -> Formula {
      switch formula {
      case .transposed(.name(let name, _)) where matrices.contains(name): return formula.transpose
      case .transposed(.call("inverse", let inner, _)) where replaced(inner[0].transpose) == inner[0]:
        return formula.transpose
      default: return formula.rebuilt(replaced)
      }
    }
    return replaced(self).simplified
  }

  /// The formula where the elements of some vectors, or of each row of some matrices, add up to 1, as those of a one-hot
  /// label do.
  package func wherePartsAddUpToOne(_ vectors: Set<String>) -> Formula {
    func replaced(_ formula: Formula) -> Formula {
      if case .call("sum", let inner, _) = formula, case .name(let name, _) = inner[0], vectors.contains(name) {
        return inner[0].size.columns == 1 ? .number(1) : .number(Double(inner[0].size.rows))
      }
      if case .matrixProduct(.name(let name, let size), .call("ones", _, _)) = formula, vectors.contains(name) {
        return .ones(size.rows)
      }
      return formula.rebuilt(replaced)
    }
    return replaced(self).simplified
  }

  /// The same formula in other forms, none of them in a form that fails where this one is defined.
  private var variants: [Formula] {
    let mostParts = 300
    switch self {
    case .sum(let terms):
      let inner =
        terms.count <= 24 && weight <= mostParts
        ? [factored(terms), factoredOut(terms, fromLeft: true), factoredOut(terms, fromLeft: false)] : []
      return ([expanded()] + inner).compactMap { $0 }
    case .product(let factors):
      guard weight <= mostParts else { return [expanded()].compactMap { $0 } }
      return ([expanded()] + factors.indices.map { distributed(factors, $0) }).compactMap { $0 }
    case .call("sum", let inner, _):
      // Σ (f + c) is Σ f + n·c.
      guard case .sum(let terms) = inner[0], weight <= mostParts else {
        let (scalars, rest) = inner[0].splitScalars
        return scalars == .number(1) || rest == .number(1) ? [] : [scalars * .call("sum", [rest], .scalar)]
      }
      let size = inner[0].size
      return [
        terms.map { term in
          let (scalars, rest) = term.splitScalars
          return rest == .number(1)
            ? .number(Double(size.rows * size.columns)) * scalars : scalars * .call("sum", [rest], .scalar)
        }.reduce(.number(0), +)
      ]
    case .transposed(.sum(let terms)) where terms.allSatisfy({ $0.size == size.transposed }):
      return [terms.map(\.transpose).reduce(.number(0), +)]
    default: return []
    }
  }

  /// The weight, in which a minus sign is none; −(f − g) is heavier than g − f.
  private var cost: Int {
    if case .product(let parts) = self, parts.count == 2, parts[0].number == -1, case .sum(let terms) = parts[1],
      terms.contains(where: { $0.coefficient < 0 })
    {
      return 1 + parts[1].cost
    }
    return switch self {
    case .number, .name: 1
    case .sum(let parts), .call(_, let parts, _): parts.reduce(1) { $0 + $1.cost }
    case .product(let parts):
      parts[0].number == -1
        ? parts.dropFirst().reduce(parts.count > 2 ? 1 : 0) { $0 + $1.cost } : parts.reduce(1) { $0 + $1.cost }
    case .power(let a, let b), .matrixProduct(let a, let b): 1 + a.cost + b.cost
    case .transposed(let inner): 1 + inner.cost
    }
  }

  /// A·B + A·C is A·(B + C) for matrices, and B·A + C·A is (B + C)·A.
  private func factoredOut(_ terms: [Formula], fromLeft: Bool) -> Formula? {
    var shared: Formula?, sum: [Formula] = []
    for term in terms {
      let (scalars, rest) = term.splitScalars
      let factors = rest.matrixFactors
      guard factors.count > 1, let own = fromLeft ? factors.first : factors.last, shared == nil || shared == own else {
        return nil
      }
      shared = own
      let others = fromLeft ? factors.dropFirst() : factors.dropLast()
      sum.append(scalars * others.dropFirst().reduce(others[others.startIndex]) { $0.times($1) })
    }
    guard let shared, let size = sum.first?.size, sum.allSatisfy({ $0.size == size }) else { return nil }
    let total = sum.reduce(.number(0), +).simplified
    guard total.size == size else { return nil }
    return fromLeft ? shared.times(total) : total.times(shared)
  }

  /// f·(g + h) with one sum multiplied out, so that the other factors may cancel in its terms.
  private func distributed(_ factors: [Formula], _ place: Int) -> Formula? {
    guard case .sum(let terms) = factors[place], terms.count <= 6 else { return nil }
    let rest = factors.indices.filter { $0 != place }.map { factors[$0] }.reduce(.number(1), *)
    let sum = terms.map { rest * $0 }.reduce(.number(0), +)
    return [sum, sum.expanded()].compactMap { $0 }.min { $0.weight < $1.weight }
  }

  /// f·g + f·h is f·(g + h), for a factor that all terms have.
  private func factored(_ terms: [Formula]) -> Formula? {
    let common = terms[0].factors.filter { factor in
      factor.number == nil && terms.dropFirst().allSatisfy { $0.factors.contains(factor) }
    }
    let number = terms[0].coefficient.magnitude
    let isPlain = number != number.rounded() || number != 1 && terms.allSatisfy { $0.withoutMagnitude.weight <= 4 }
    if common.isEmpty, isPlain, terms.allSatisfy({ $0.coefficient.magnitude == number }) {
      var sum = Formula.number(0)
      for term in terms { sum = sum + term.withoutMagnitude }
      return .number(number) * sum
    }
    guard !common.isEmpty else { return nil }
    let rest = terms.map { term in
      term.factors.filter { !common.contains($0) }.reduce(.number(1), *)
    }
    guard rest.allSatisfy({ $0.size.joined(with: common.reduce(.number(1), *).size) == size }) else { return nil }
    return common.reduce(.number(1), *) * rest.reduce(.number(0), +)
  }

  /// The formula with −1 or 1 in place of the numbers among its factors.
  private var withoutMagnitude: Formula {
    var product = Formula.number(1)
    for factor in factors {
      if let number = factor.number {
        product = product * .number(number < 0 ? -1 : 1)
      } else {
        product = product * factor
      }
    }
    return product
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
      if name == "inverse", replaced[0].size == size { return replaced[0].inverse }
      return replaced.map(\.size) == arguments.map(\.size) ? .call(name, replaced, size) : self
    case .matrixProduct(let a, let b):
      let (left, right) = (replace(a), replace(b))
      return left.size == a.size && right.size == b.size ? left.times(right) : self
    case .transposed(let inner): return replace(inner).transpose
    }
  }
}
