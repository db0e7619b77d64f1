import ChainRuleCore

// Values over intervals of what linear algebra computes. Each is proved from an approximate result; where that fails, a
// box that may hold a singular matrix for instance, the error says so. Eigenvectors and singular vectors are not
// enclosed: their intervals are infinite.

extension MatrixPrimitive {
  /// A result for each matrix, or several side by side.
  fileprivate func each(
    _ inputs: [Enclosure], _ result: ([IntervalMatrix]) throws -> IntervalMatrix
  ) throws -> Enclosure {
    let shape = try shape(of: inputs.map(\.shape)), matrices = inputs.map(\.matrices)
    let count = matrices.map(\.count).min() ?? 0
    return Enclosure(
      shape: shape, matrices: try (0..<count).map { batch in try result(matrices.map { $0[batch] }) })
  }

  /// A number for each matrix.
  fileprivate func number(_ inputs: [Enclosure], _ result: (IntervalMatrix) throws -> Interval) throws -> Enclosure {
    Enclosure(shape: try shape(of: inputs.map(\.shape)), try inputs[0].matrices.map(result))
  }
}

extension Solve: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) { try (isTransposed ? $0[0].transposed : $0[0]).solved($0[1], in: name) }
  }
}

extension TriangularSolve: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) {
      let triangle = $0[0].triangle(isLower: isLower)
      return try (isTransposed ? triangle.transposed : triangle).solved($0[1], in: name)
    }
  }
}

extension Triangle: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure { try enclosureOfEnds(inputs, indices: [false]) }
}

extension Determinant: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure { try number(inputs, \.determinant) }
}

extension LogDeterminant: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure { try number(inputs, \.logDeterminant) }
}

extension DeterminantSign: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try number(inputs) { matrix in
      let determinant = matrix.determinant
      if determinant.contains(0) { return Interval(-1, 1, .defined) }
      return Interval(determinant.lower > 0 ? 1 : -1)
    }
  }
}

extension Cofactors: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) { try $0[0].determinant * $0[1].transposed.solved(.identity($0[1].rows), in: name) }
  }
}

extension Cholesky: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) { try $0[0].symmetric.cholesky(in: name) }
  }
}

extension Eigh: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) { matrices in
      let n = matrices[0].rows, everything = Interval.everything
      guard matrices[0].isFinite else { return .init(part == .all ? n + 1 : 1, n) { _, _ in everything } }
      let found = try Eigh().forward([matrices[0].symmetric.middle]).scalars
      let vectors = IntervalMatrix(n, n) { Interval(found[($0 + 1) * n + $1]) }
      let values = matrices[0].eigenvalues(Array(found[..<n]), vectors)
      return .init(part == .all ? n + 1 : 1, n) { $0 == 0 ? values[$1] : everything }
    }
  }
}

extension SingularValues: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) { matrices in
      let (m, n) = (matrices[0].rows, matrices[0].columns), k = Swift.min(m, n), everything = Interval.everything
      let (rows, place) = part == .all ? (m + 1 + n, m) : (1, 0)
      guard matrices[0].isFinite else { return .init(rows, k) { _, _ in everything } }
      let found = try SingularValues().forward([matrices[0].middle]).scalars
      let u = IntervalMatrix(m, k) { Interval(found[$0 * k + $1]) }
      let v = IntervalMatrix(n, k) { Interval(found[(m + 1 + $0) * k + $1]) }
      let values = matrices[0].singularValues(u, Array(found[m * k..<(m + 1) * k]), v)
      return .init(rows, k) { $0 == place ? values[$1] : everything }
    }
  }
}

extension OrthogonalFactors: EnclosedPrimitive {
  /// R is the transposed Cholesky factor of AᵀA, and Q = A·R⁻¹.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) { matrices in
      let a = matrices[0], l = try (a.transposed * a).cholesky(in: name), q = try l.solved(a.transposed, in: name)
      return .init(a.rows + a.columns, a.columns) { $0 < a.rows ? q[$1, $0] : l[$1, $0 - a.rows] }
    }
  }
}

extension PseudoInverse: EnclosedPrimitive {
  /// (AᵀA)⁻¹Aᵀ or Aᵀ(AAᵀ)⁻¹, where the rank is proved full.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) { matrices in
      let a = matrices[0]
      if a.rows >= a.columns { return try (a.transposed * a).solved(a.transposed, in: name) }
      return try (a * a.transposed).solved(a, in: name).transposed
    }
  }
}

extension MatrixExponential: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) { matrices in
      let everything = Interval.everything
      return matrices[0].exponential ?? .init(matrices[0].rows, matrices[0].columns) { _, _ in everything }
    }
  }
}

extension PairReciprocals: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let x = inputs[0].intervals, n = inputs[0].shape[-1], shape = try shape(of: inputs.map(\.shape)), one = Interval(1)
    if kind == .single { return Enclosure(shape: shape, x.map { one / $0 }) }
    return Enclosure(
      shape: shape,
      (0..<shape.elementCount).map { position in
        let (batch, i, j) = (position / (n * n) * n, position / n % n, position % n)
        return i == j ? Interval(0) : one / (kind == .sum ? x[batch + i] + x[batch + j] : x[batch + j] - x[batch + i])
      })
  }
}

extension PivotOrder: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    guard inputs[0].intervals.allSatisfy(\.isPoint) else { throw Enclosure.undecided(in: name) }
    return Enclosure(try forward([inputs[0].lower]))
  }
}

extension PermuteRows: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    guard inputs[1].intervals.allSatisfy(\.isPoint) else { throw Enclosure.undecided(in: name) }
    let places = Tensor(shape: inputs[0].shape, inputs[0].intervals.indices.map(Double.init))
    let moved = try forward([places, inputs[1].lower])
    return Enclosure(shape: moved.shape, moved.scalars.map { inputs[0][Int($0)] })
  }
}

extension TriangularFactors: EnclosedPrimitive {
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    try each(inputs) {
      guard let found = $0[0].eliminated(choosesPivots: false) else { throw IntervalMatrix.maybeSingular(in: name) }
      return found.factors
    }
  }
}
