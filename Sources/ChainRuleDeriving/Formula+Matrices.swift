/// Products of matrices, which are kept flat from the left: ((A·B)·C)·D.
extension Formula {
  /// (c·A)·B is c·(A·B) for a scalar c, a row times a column among them; I·A and A·I are A, A⁻¹·A is I, 𝟏ᵀ𝟏 is the number of
  /// ones, V·Vᵀ is I for eigenvectors V, and (V ⊙ 𝟏uᵀ)·B is V·diag(u)·B.
  func times(_ other: Formula) -> Formula {
    let (left, a) = splitScalars, (right, b) = other.splitScalars
    if a.size.isScalar || b.size.isScalar { return self * other }
    let size = Size(rows: a.size.rows, columns: b.size.columns)
    var chain = MatrixChain(scalars: left * right)
    for factor in a.matrixFactors + b.matrixFactors { chain.append(factor) }
    return chain.product(of: size)
  }

  /// The factors of a product of matrices, from left to right.
  var matrixFactors: [Formula] {
    if case .matrixProduct(let a, let b) = self { return a.matrixFactors + b.matrixFactors }
    return [self]
  }

  var isIdentity: Bool { if case .call("identity", _, _) = self { true } else { false } }

  static func identity(_ count: Int) -> Formula {
    .call("identity", [.number(Double(count))], Size(rows: count, columns: count))
  }

  /// (Aᵀ)ᵀ is A, (A·B)ᵀ is Bᵀ·Aᵀ, (c·A)ᵀ is c·Aᵀ for a scalar c, and a scalar is its own transpose.
  var transpose: Formula {
    if size.isScalar { return self }
    switch self {
    case .transposed(let inner): return inner
    case .call("identity", _, _): return self
    case .call("diag", _, _) where size.rows == size.columns: return self
    case .matrixProduct(let a, let b): return b.transpose.times(a.transpose)
    case .product:
      let (scalars, rest) = splitScalars
      if case .product = rest { return scalars * .transposed(rest) }
      return scalars * rest.transpose
    default: return .transposed(self)
    }
  }

  /// (A⁻¹)⁻¹ is A, (Aᵀ)⁻¹ is (A⁻¹)ᵀ, and I⁻¹ is I.
  var inverse: Formula {
    switch self {
    case .call("inverse", let inner, _): inner[0]
    case .call("identity", _, _): self
    case .transposed(let inner): inner.inverse.transpose
    default: .call("inverse", [self], size)
    }
  }

  /// Whether it is A⁻¹ or A⁻ᵀ.
  fileprivate var isInverse: Bool {
    switch self {
    case .call("inverse", _, _), .transposed(.call("inverse", _, _)): true
    default: false
    }
  }

  /// Whether its columns are orthonormal, or its rows where it stands transposed.
  fileprivate var isOrthonormal: Bool {
    switch self {
    case .call("eigenvectors", _, _), .call("qrOrthogonal", _, _), .call("leftSingularVectors", _, _),
      .call("rightSingularVectors", _, _):
      true
    default: false
    }
  }

  /// V and u of V ⊙ 𝟏uᵀ.
  fileprivate var scaledColumns: (Formula, Formula)? {
    guard case .product(let factors) = self, factors.count == 2 else { return nil }
    for (row, matrix) in [(factors[0], factors[1]), (factors[1], factors[0])] {
      if case .matrixProduct(.call("ones", _, _), let row) = row, row.size.rows == 1 { return (matrix, row.transpose) }
    }
    return nil
  }

  /// The diagonal matrix of a column.
  var onDiagonal: Formula { .call("diag", [self], Size(rows: size.rows, columns: size.rows)) }
}

/// A product of matrices while its factors are put side by side.
private struct MatrixChain {
  var scalars: Formula
  var factors: [Formula] = []

  init(scalars: Formula) { self.scalars = scalars }

  mutating func append(_ factor: Formula) {
    if factor.isIdentity { return }
    guard let last = factors.last else {
      factors.append(factor)
      return
    }
    if case .transposed(.call("ones", let count, _)) = last, case .call("ones", _, _) = factor {
      scalars = scalars * count[0]
      factors.removeLast()
      return
    }
    if cancels(last, factor) {
      factors.removeLast()
      return
    }
    if let (matrix, weights) = last.scaledColumns {
      factors.removeLast()
      for part in [matrix, weights.onDiagonal, factor] { append(part) }
      return
    }
    // diag(u)·𝟏 is u.
    if case .call("diag", let inner, _) = last, inner[0].size.columns == 1, case .call("ones", _, _) = factor {
      factors.removeLast()
      return factors.isEmpty ? factors.append(inner[0]) : append(inner[0])
    }
    factors.append(factor)
    takeOutScalar()
  }

  /// Whether two factors are the identity together.
  private func cancels(_ a: Formula, _ b: Formula) -> Bool {
    if a.isInverse && a.inverse == b || b.isInverse && b.inverse == a { return true }
    if case .transposed(let inner) = a, inner == b { return inner.isOrthonormal }
    if case .transposed(let inner) = b, inner == a { return inner.isOrthonormal && a.size.rows == a.size.columns }
    return false
  }

  /// A row and what follows it up to a column are a number; where that is not all of the product, it stands before it.
  private mutating func takeOutScalar() {
    guard factors.last?.size.columns == 1, let row = factors.lastIndex(where: { $0.size.rows == 1 }), row > 0 else {
      return
    }
    let inner = factors[row...].reduce(into: MatrixChain(scalars: .number(1))) { $0.factors.append($1) }
    factors.removeSubrange(row...)
    scalars = scalars * inner.joined
  }

  private var joined: Formula { factors.dropFirst().reduce(factors[0]) { .matrixProduct($0, $1) } }

  func product(of size: Formula.Size) -> Formula {
    if factors.isEmpty { return scalars * (size.isScalar ? .number(1) : .identity(size.rows)) }
    return scalars * joined
  }
}
