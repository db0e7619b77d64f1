import ChainRuleCore

extension [Derivation.Named] {
  /// The formulas with names for what occurs in them more than once, where that makes all of it shorter by a third.
  package func withNamesForParts(
    besides others: Set<String> = []
  ) -> (parts: [Derivation.Named], gradients: [Derivation.Named]) {
    let mostParts = 6, longest = 20_000
    let original = reduce(0) { $0 + $1.formula.text.count }
    var formulas = map(\.formula), parts: [Derivation.Named] = []
    var taken = Set(formulas.flatMap(\.names)).union(["e", "σ", "π"]).union(others)
    guard original <= longest, formulas.reduce(0, { $0 + $1.weight }) <= 2000 else { return ([], self) }
    while parts.count < mostParts, let part = Self.mostRepeated(formulas + parts.map(\.formula)),
      let name = part.nameOfItsOwn(besides: taken)
    {
      taken.insert(name)
      let short = Formula.name(name, part.size)
      formulas = formulas.map { $0.replacing(part, with: short) }
      parts = parts.map { ($0.name, $0.formula.replacing(part, with: short)) }
      parts.insert((name, part), at: 0)
    }
    parts = Self.ordered(parts)
    let length = formulas.reduce(0) { $0 + $1.text.count } + parts.reduce(0) { $0 + $1.formula.text.count + 5 }
    guard 3 * length <= 2 * original else { return ([], self) }
    return (parts, zip(self, formulas).map { ($0.name, $1) })
  }

  /// The part that saves most.
  private static func mostRepeated(_ formulas: [Formula]) -> Formula? {
    var counts: [Formula: Int] = [:], order: [Formula] = []
    for formula in formulas { formula.count(in: &counts, &order) }
    func saved(_ part: Formula) -> Int { (counts[part, default: 0] - 1) * (part.text.count - 1) - 5 }
    let best = order.filter { counts[$0, default: 0] > 1 }.max { saved($0) < saved($1) }
    return best.flatMap { saved($0) > 8 ? $0 : nil }
  }

  private static func ordered(_ parts: [Derivation.Named]) -> [Derivation.Named] {
    var waiting = parts, done: [Derivation.Named] = []
    while let next = waiting.firstIndex(where: { part in
      !waiting.contains { $0.name != part.name && part.formula.names.contains($0.name) }
    }) {
      done.append(waiting.remove(at: next))
    }
    return done + waiting
  }
}

extension Formula {
  /// How often each function and each product of matrices occurs.
  fileprivate func count(in counts: inout [Formula: Int], _ order: inout [Formula]) {
    switch self {
    case .number, .name: return
    case .call, .matrixProduct, .product:
      if weight > 2 || isLongCall, coefficient == 1 {
        if counts[self] == nil { order.append(self) }
        counts[self, default: 0] += 1
      }
    default: break
    }
    // A length is one sign: what stands under its root is no part of its own.
    if let vector = normed { return vector.count(in: &counts, &order) }
    switch self {
    case .number, .name: break
    case .sum(let parts), .product(let parts), .call(_, let parts, _):
      for part in parts { part.count(in: &counts, &order) }
    case .power(let a, let b), .matrixProduct(let a, let b):
      a.count(in: &counts, &order)
      b.count(in: &counts, &order)
    case .transposed(let inner): inner.count(in: &counts, &order)
    }
  }

  /// A function of a name that goes by a word, as `pseudoInverse(A)` does.
  private var isLongCall: Bool {
    if case .call(let name, _, _) = self { name.count > 7 && text.count > 8 } else { false }
  }

  fileprivate func replacing(_ part: Formula, with other: Formula) -> Formula {
    self == part ? other : rebuilt { $0.replacing(part, with: other) }
  }

  /// A letter that lectures use for such a value: s of a sigmoid, h of what a layer gives, z of a product.
  fileprivate func nameOfItsOwn(besides taken: Set<String>) -> String? {
    let usual: [String: [String]] = [
      "sigmoid": ["s"], "softmax": ["p", "s"], "tanh": ["h", "t"], "relu": ["h", "r"], "cholesky": ["L"],
      "inverse": ["M", "P"], "pseudoInverse": ["P", "M"], "eigenvectors": ["V", "Q"], "eigenvalues": ["λ", "l"],
      "leftSingularVectors": ["U"], "rightSingularVectors": ["V"], "singularValues": ["s", "d"], "qrOrthogonal": ["Q"],
      "qrTriangular": ["R"],
    ]
    var letters: [String] = []
    switch self {
    case .call(let name, _, _): letters = usual[name] ?? []
    case .product: letters = ["δ"]
    default: letters = size.rows > 1 && size.columns > 1 ? ["Z", "G", "H"] : ["z"]
    }
    if size.rows > 1, size.columns > 1 { letters += ["M", "N", "K"] }
    return (letters + ["u", "v", "q", "r", "k", "g"]).first { !taken.contains($0) }
  }
}
