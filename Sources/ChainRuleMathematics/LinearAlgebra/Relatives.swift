import ChainRuleCore

// What programs of statistics and signals make of matrices, composed: each is one line of the library's functions, under
// the name that is looked for.

/// X of A·X = B from the lower Cholesky factor L of A, `[…, n, n]`: two triangular solves, as `cho_solve`.
/// - Returns: a node that carries the mistake where shapes do not fit; reading it names a 0 on L's diagonal.
public func choleskySolve(_ l: Node, _ b: Node) -> Node {
  triangularSolve(l, triangularSolve(l, b), transposed: true)
}

/// How much a solve with each matrix magnifies relative errors: the largest singular value over the smallest, ∞ for a
/// singular matrix.
/// - Returns: a node that carries the mistake where the shape is no matrix with elements.
public func conditionNumber(_ a: Node) -> Node {
  recording("conditionNumber", a) {
    try requireMatrix(a.shape, in: "conditionNumber")
    guard a.shape.shorter > 0 else {
      throw ChainRuleError(.shape, in: "conditionNumber", required: "at least one element", got: "shape \(a.shape)")
    }
    let s = singularValues(a)
    return s[..., 0] / s[..., -1]
  }
}

/// The product of vectors in space, along the last axis of length 3.
/// - Returns: a node that carries the mistake where shapes do not fit.
public func cross(_ a: Node, _ b: Node) -> Node {
  recording("cross", a, b) {
    guard a.shape.rank > 0, b.shape.rank > 0, a.shape[-1] == 3, b.shape[-1] == 3 else {
      throw ChainRuleError(
        .shape, in: "cross", required: "vectors of 3 elements", got: "\(a.shape) and \(b.shape)")
    }
    func turned(_ x: Node, by count: Int) -> Node { x.rolled(by: -count) }
    return turned(a, by: 1) * turned(b, by: 2) - turned(a, by: 2) * turned(b, by: 1)
  }
}

/// Matrices one after another along the diagonal of one, with zeros beside them: `[m, n], [p, q] → [m + p, n + q]`.
/// - Returns: a node that carries the mistake where one is no matrix.
public func blockDiagonal(_ matrices: [Node]) -> Node {
  guard let graph = matrices.first?.graph else {
    return Graph().failed(ChainRuleError(.value, in: "blockDiagonal", required: "at least one matrix", got: "none"))
  }
  if let broken = matrices.first(where: { $0.error != nil }) { return broken }
  return graph.attempt(in: "blockDiagonal") {
    for matrix in matrices where matrix.shape.rank != 2 {
      throw ChainRuleError(
        .shape, in: "blockDiagonal", required: "matrices [m, n]", got: "shape \(matrix.shape)")
    }
    let columns = matrices.map { $0.shape[1] }, all = columns.reduce(0, +)
    var before = 0, rows: [Node] = []
    for (matrix, width) in zip(matrices, columns) {
      rows.append(matrix.padded(before: [0, before], after: [0, all - before - width]))
      before += width
    }
    return rows.count == 1 ? rows[0] : concatenate(rows, axis: 0)
  }
}

/// |xᵢ − yⱼ|² of all pairs of rows: `[…, n, d], […, m, d] → […, n, m]`. Of differences, so that near rows keep their
/// digits; their root has no derivative where two rows are one.
/// - Returns: a node that carries the mistake where shapes do not fit.
public func squaredDistances(_ x: Node, _ y: Node) -> Node {
  recording("squaredDistances", x, y) {
    guard x.shape.rank >= 2, y.shape.rank >= 2, x.shape[-1] == y.shape[-1] else {
      throw ChainRuleError(
        .shape, in: "squaredDistances", required: "rows […, n, d] and […, m, d] of one length",
        got: "\(x.shape) and \(y.shape)")
    }
    return square(x.expandingDimension(at: -2) - y.expandingDimension(at: -3)).sum(axes: [-1])
  }
}

/// The matrix that is constant along diagonals, with a first column and a first row, whose first element is not read:
/// `[m], [n] → [m, n]`.
/// - Returns: a node that carries the mistake where one is no vector with elements.
public func toeplitz(_ column: Node, _ row: Node) -> Node {
  recording("toeplitz", column, row) {
    guard column.shape.rank == 1, row.shape.rank == 1, column.shape[0] > 0, row.shape[0] > 0 else {
      throw ChainRuleError(
        .shape, in: "toeplitz", required: "two vectors with elements", got: "\(column.shape) and \(row.shape)")
    }
    let (m, n) = (column.shape[0], row.shape[0])
    // The elements from the lower left corner to the upper right one.
    let all = n == 1 ? column.flipped() : concatenate([column.flipped(), row[1...]], axis: 0)
    let places = (0..<m * n).map { m - 1 - $0 / n + $0 % n }
    return all.gathered(at: column.graph.constant(Tensor(indices: places, shape: [m, n])))
  }
}

/// ∫ y dx by straight lines between places x along the last axis: Σ (xᵢ₊₁ − xᵢ)·(yᵢ + yᵢ₊₁)/2.
/// - Returns: a node that carries the mistake where shapes do not fit.
public func trapezoid(_ y: Node, _ x: Node) -> Node {
  recording("trapezoid", y, x) {
    guard y.shape.rank > 0, x.shape.rank > 0, y.shape[-1] == x.shape[-1], y.shape[-1] > 0 else {
      throw ChainRuleError(
        .shape, in: "trapezoid", required: "values and places of one length", got: "\(y.shape) and \(x.shape)")
    }
    return (0.5 * x.difference() * (y[..., 1...] + y[..., ..<(y.shape[-1] - 1)])).sum(axes: [-1])
  }
}

extension Graph {
  /// The matrix with 1 on its diagonal and 0 elsewhere, `[n, n]`, as a constant.
  /// - Returns: a node that carries the mistake where n is below 0 or the matrix does not fit memory.
  public func identity(_ n: Int) -> Node {
    guard n >= 0, n < 1 << 15 else {
      return failed(ChainRuleError(.shape, in: "identity", required: "0 to \((1 << 15) - 1) rows", got: "\(n)"))
    }
    return identity([n, n])
  }

  /// Numbers that divide what lies between two ends into equal parts, both ends among them, as a constant `[count]`.
  /// - Returns: a node that carries the mistake where the count is below 1.
  public func linspace(from start: Double, to end: Double, count: Int) -> Node {
    guard count > 0, count < 1 << 28 else {
      return failed(ChainRuleError(.shape, in: "linspace", required: "a count of at least 1", got: "\(count)"))
    }
    let last = Double(Swift.max(count - 1, 1))
    return constant(
      Tensor(
        (0..<count).map { place in
          place > 0 && place == count - 1 ? end : start + (end - start) * (Double(place) / last)
        }))
  }
}

extension Node {
  /// (A + Aᵀ)/2 of each matrix.
  /// - Returns: a node that carries the mistake where the shape is not square.
  public func symmetricPart() -> Node {
    recording("symmetricPart", self) {
      try requireSquare(shape, in: "symmetricPart")
      return symmetrized
    }
  }

  /// How columns vary together: `[…, n, d] → […, d, d]` of n observations, divided by n − `correction`.
  ///
  /// NumPy's `cov(x.T)`: there the observations stand in columns.
  /// - Returns: a node that carries the mistake where the shape is no matrix.
  public func covariance(correction: Int = 1) -> Node {
    recording("covariance", self) {
      try requireMatrix(shape, in: "covariance")
      let centered = self - mean(axes: [-2], keepingDimensions: true)
      return centered.times(centered, turningLeft: true) / Double(shape[-2] - correction)
    }
  }

  /// Equal parts along an axis, as `numpy.split`: the gates of a recurrent cell, the heads of an attention.
  /// - Returns: as many nodes, which carry the mistake where the axis cannot be divided so; one where there is no such
  ///   count.
  public func split(into count: Int, axis: Int = -1) -> [Node] {
    let place = axis < 0 && error == nil ? axis &+ shape.rank : axis
    guard error == nil, count > 0, (0..<shape.rank).contains(place), shape[place].isMultiple(of: count),
      count <= Swift.max(1, shape[place])
    else { return [Node](repeating: broken(count), count: (1...1024).contains(count) ? count : 1) }
    let length = shape[place] / count
    return (0..<count).map { part in
      sliced(shape.dimensions.enumerated().map { $0 == place ? part * length..<(part + 1) * length : 0..<$1 })
    }
  }

  private func broken(_ count: Int) -> Node {
    error != nil
      ? self
      : graph.failed(
        ChainRuleError(
          .shape, in: "split", required: "an axis whose length is a multiple of the count, which is at least 1",
          got: "shape \(shape) into \(count)"))
  }
}
