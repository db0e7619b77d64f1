import ChainRuleCore

extension Formula {
  /// The matrix A of a formula that is A·v for a vector v; nothing where it has no notation, or the formula is not linear
  /// in v by its form. For a single number linear in v it is the row aᵀ of aᵀv.
  ///
  /// One equation per line: of v it is the identity; of a sum, the sum; of d ⊙ (A·v), diag(d)·A; of b·(aᵀv), b·aᵀ; of
  /// M·(A·v), (M·A); of Σ d ⊙ (A·v), dᵀ·A.
  ///
  /// - Parameter stretches: whether a number among vectors, which stands for each of their elements, becomes 𝟏 times a
  ///   row; often another form of the formula needs none.
  func coefficient(of v: String, length: Int, stretches: Bool) -> Formula? {
    switch self {
    case .name(v, _):
      return .call("identity", [.number(Double(length))], Size(rows: length, columns: length))
    case .number(0): return .number(0)
    case .sum(let terms):
      guard terms.allSatisfy({ $0.names.contains(v) }) else { return nil }
      var total = Formula.number(0)
      for term in terms where term.names.contains(v) {
        guard let part = term.coefficient(of: v, length: length, stretches: stretches) else { return nil }
        guard term.size != size else {
          total = total + part
          continue
        }
        guard stretches, term.size.isScalar, size.columns == 1 else { return nil }
        total = total + Formula.ones(size.rows).times(part)
      }
      return total
    case .product(let factors): return Self.coefficient(ofProduct: factors, v, length, stretches)
    case .matrixProduct(let a, let b):
      if !a.names.contains(v) { return b.coefficient(of: v, length: length, stretches: stretches).map { a.times($0) } }
      // A number is its own transpose: xᵀ(A·v) and (A·v)ᵀx are one.
      if !b.names.contains(v), size.isScalar {
        return a.transpose.coefficient(of: v, length: length, stretches: stretches).map { b.transpose.times($0) }
      }
      return nil
    case .call("sum", let inner, _):
      let terms = inner[0].terms.map { Self.row(ofSum: $0, v, length, stretches) }
      return terms.reduce(Formula.number(0)) { total, part in total.flatMap { sum in part.map { sum + $0 } } }
    default: return nil
    }
  }

  private static func coefficient(ofProduct factors: [Formula], _ v: String, _ length: Int, _ stretches: Bool)
    -> Formula?
  {
    let with = factors.filter { $0.names.contains(v) }, without = factors.filter { !$0.names.contains(v) }
    guard with.count == 1, let inner = with[0].coefficient(of: v, length: length, stretches: stretches) else {
      return nil
    }
    let scalars = without.filter(\.size.isScalar).reduce(Formula.number(1), *)
    let rest = without.filter { !$0.size.isScalar }.reduce(Formula.number(1), *)
    if rest == .number(1) { return scalars * inner }
    guard rest.size.columns == 1 else { return nil }
    if with[0].size.isScalar { return scalars * rest.times(inner) }
    let whole = Size(rows: rest.size.rows, columns: rest.size.rows)
    if let vector = inner.diagonal { return scalars * .call("diag", [rest * vector], whole) }
    return scalars * Formula.call("diag", [rest], whole).times(inner)
  }

  /// The vector on the diagonal of a sum of diagonal matrices, a number where it is a multiple of the identity.
  private var diagonal: Formula? {
    switch self {
    case .call("identity", _, _): return .number(1)
    case .call("diag", let inner, _): return inner[0]
    case .sum(let terms):
      let parts = terms.compactMap(\.diagonal)
      return parts.count == terms.count ? parts.reduce(.number(0), +) : nil
    case .product:
      let (scalars, rest) = splitScalars
      if case .product = rest { return nil }
      return scalars == .number(1) ? nil : rest.diagonal.map { scalars * $0 }
    default: return nil
    }
  }

  /// dᵀ·A of Σ d ⊙ (A·v).
  private static func row(ofSum term: Formula, _ v: String, _ length: Int, _ stretches: Bool) -> Formula? {
    let factors = term.factors
    let with = factors.filter { $0.names.contains(v) }, without = factors.filter { !$0.names.contains(v) }
    guard with.count == 1, !with[0].size.isScalar,
      let inner = with[0].coefficient(of: v, length: length, stretches: stretches)
    else {
      return nil
    }
    let scalars = without.filter(\.size.isScalar).reduce(Formula.number(1), *)
    let rest = without.filter { !$0.size.isScalar }.reduce(Formula.number(1), *)
    guard rest.size.columns == 1, with[0].size.columns == 1, stretches || rest != .number(1) else { return nil }
    return scalars * (rest == .number(1) ? .ones(with[0].size.rows) : rest).transpose.times(inner)
  }
}

extension Node {
  /// The Jacobian of a vector with respect to a vector, as a formula of shape [self, x].
  ///
  /// The gradient of v·self, for a vector v of its own, is Jᵀv; J is read off that.
  /// - Throws: as `derivation(withRespectTo:)`, and for a derivative that no product of matrices is.
  package func jacobianFormula(withRespectTo x: Node) throws -> Formula {
    let v = graph.input("v′", Tensor(shape: shape, repeating: 0.5))
    let weighted = shape.rank == 0 ? self * v : (self * v).sum()
    var reader = FormulaReader()
    let product = try reader.formula(of: try weighted.gradients(withRespectTo: [x])[0]).withoutTies.simplified
    let count = shape.elementCount
    if shape.rank == 0 { return product }
    guard shape.rank == 1, x.shape.rank <= 1 else {
      throw ChainRuleError(
        .primitive, in: "derivation", required: "a scalar, or a vector by a vector", got: "\(shape) by \(x.shape)",
        hint: "Differentiate a sum of it.")
    }
    let forms = [product, product.expanded(mostTerms: 200)?.unsummed ?? product]
    for stretches in [false, true] {
      for form in forms {
        if let transposed = form.coefficient(of: "v′", length: count, stretches: stretches) {
          return transposed.transpose.simplified
        }
      }
    }
    throw ChainRuleError(
      .primitive, in: "derivation", required: "a derivative that is a matrix in signs", got: product.text)
  }
}

extension Formula {
  /// Σ (f + g) is Σ f + Σ g, so that each summand shows what it is linear in.
  fileprivate var unsummed: Formula {
    rebuilt { part in
      if case .call("sum", let inner, _) = part, case .sum(let terms)? = inner[0].expanded(mostTerms: 200),
        terms.allSatisfy({ $0.size == inner[0].size })
      {
        return terms.map { .call("sum", [$0], .scalar) }.reduce(.number(0), +)
      }
      return part
    }
  }
}
