import ChainRule

extension EngineCase {
  static var mathematics: [EngineCase] { order + recurrences + matrices + decompositions }

  private static var order: [EngineCase] {
    let x = numbers([3, 7], seed: 51)
    let ties = Tensor(shape: [2, 6], [3, 1, .nan, 1, -0.0, 0, .infinity, 2, 2, -.infinity, .nan, 2])
    let row = Tensor([-1.5, -0.5, 0, 0, 0.75, 1.5])
    return [
      smooth("sorted", [x]) { $0[0].sorted(axis: 1) },
      smooth("sorted, descending", [x]) { $0[0].sorted(axis: 0, descending: true) },
      plain("order of ties and NaN", [ties]) {
        [$0[0].argsort(axis: 1), $0[0].argsort(axis: 1, descending: true), $0[0].topK(3, axis: 1).indices]
      },
      smooth("largest three", [x]) { $0[0].topK(3, axis: 1).values },
      smooth("median", [x]) { $0[0].median(axis: 1) },
      smooth("quantile", [x, Tensor(0.3)]) { $0[0].quantile($0[1], axis: 1) },
      smooth("largest so far", [x]) { $0[0].cumulativeMaximum(axis: 1) },
      plain("largest so far with NaN", [ties]) { [$0[0].cumulativeMaximum(axis: 1)] },
      plain("places in a row", [row, x]) {
        [searchSorted($0[0], $0[1]), searchSorted($0[0], $0[1], side: .right)]
      },
      smooth("selected", [x, Tensor([1, 0, 0, 1, 0, 1, 1])]) {
        $0[0].selected(where: $0[1], count: 3, filling: 2, axis: 1) * 1.5
      },
    ]
  }

  private static var recurrences: [EngineCase] {
    let x = numbers([3, 7], seed: 52), y = numbers([3, 7], seed: 53)
    func diagonal(_ seed: UInt64) -> Tensor { numbers([2, 6], seed: seed, in: -0.5...0.5) }
    return [
      smooth("recurrence", slack: 4, [x, y]) { linearRecurrence($0[0], $0[1], axis: 1) },
      smooth("recurrence from the end", slack: 4, [x, y]) { linearRecurrence($0[0], $0[1], axis: 0, reversed: true) },
      smooth("product so far", slack: 4, [x]) { $0[0].cumulativeProduct(axis: 1) },
      smooth("logSumExp so far", slack: 4, [x]) { $0[0].cumulativeLogSumExp(axis: 1) },
      smooth("Fourier transform", slack: 4, [x, y]) { inputs in
        let pair = fft(inputs[0], inputs[1])
        return pair.real * pair.imaginary
      },
      smooth("inverse Fourier transform", slack: 4, [numbers([2, 8], seed: 3)]) { inverseFFT($0[0]).real },
      smooth(
        "tridiagonal system", slack: 10, [diagonal(1), numbers([2, 6], seed: 2, in: 2...3), diagonal(3), diagonal(4)]
      ) {
        tridiagonalSolve(lower: $0[0], diagonal: $0[1], upper: $0[2], $0[3])
      },
    ]
  }

  /// A matrix that is well conditioned, and a symmetric one.
  private static func matrix(_ n: Int, _ seed: UInt64, batch: [Int] = []) -> Tensor {
    let values = numbers(Shape(batch + [n, n]), seed: seed)
    return Tensor(
      shape: values.shape,
      values.scalars.enumerated().map { $0 % (n * n) / n == $0 % n ? $1 + 4 : $1 })
  }

  private static var matrices: [EngineCase] {
    let a = matrix(4, 61), batch = matrix(3, 62, batch: [2]), b = numbers([4, 2], seed: 63)
    return [
      smooth("cholesky", slack: 20, [a]) { cholesky($0[0].matmul($0[0].transposed([1, 0]))) },
      smooth("triangular system", slack: 20, [a, b]) { triangularSolve($0[0], $0[1]) },
      smooth("triangular system, upper and transposed", slack: 20, [a, b]) {
        triangularSolve($0[0], $0[1], lower: false, transposed: true)
      },
      smooth("system", slack: 20, [a, b]) { solve($0[0], $0[1]) },
      smooth("inverse of a batch", slack: 20, [batch]) { inverse($0[0]) },
      smooth("determinant", slack: 20, [a]) { determinant($0[0]) },
      smooth("determinants of 3 by 3", slack: 20, [batch]) { determinant($0[0]) },
      smooth("log of the determinant", slack: 20, [a]) { logDeterminant($0[0]).value },
      plain("sign of the determinant", [a, batch]) { [logDeterminant($0[0]).sign, logDeterminant(-$0[1]).sign] },
      smooth("LU factors", slack: 20, [numbers([4, 3], seed: 64)]) { inputs in
        let (p, l, u) = lu(inputs[0])
        return p.matmul(l).sum() + u.sum() * l.sum()
      },
      plain("rows in another order", slack: 20, [numbers([2, 3, 3], seed: 65)]) { inputs in
        let (p, l, u) = lu(inputs[0])
        return [p, l, u]
      },
      smooth("triangles", [numbers([2, 3, 4], seed: 66)]) {
        $0[0].lowerTriangle(offset: 1) + 2 * $0[0].upperTriangle(offset: -1)
      },
      smooth("exponential of a matrix", slack: 20, [numbers([3, 3], seed: 67)]) { matrixExponential($0[0] * 3) },
      smooth("trace and diagonal", [a]) { $0[0].trace() + $0[0].diagonal().sum() },
    ]
  }

  private static var decompositions: [EngineCase] {
    let a = numbers([5, 3], seed: 71), square = matrix(4, 72)
    return [
      smooth("QR factors", slack: 40, [a]) { inputs in
        let (q, r) = qr(inputs[0])
        return q.sum() + (r * r).sum()
      },
      smooth("eigenvalues", slack: 40, [square]) { eigenvaluesSymmetric($0[0]) },
      smooth("eigenvectors", slack: 40, [square]) { inputs in
        let (values, vectors) = eigh(inputs[0])
        return vectors * values.reshaped(to: [1, 4])
      },
      smooth("eigenvectors of a batch", slack: 40, [matrix(3, 73, batch: [2])]) { eigh($0[0]).vectors },
      smooth("singular values", slack: 40, [a]) { singularValues($0[0]) },
      smooth("singular vectors", slack: 40, [a]) { inputs in
        let (u, s, v) = svd(inputs[0])
        return u.sum() + s.sum() + (v * v * v).sum()
      },
      smooth("singular vectors of a wide matrix", slack: 40, [numbers([2, 4], seed: 74)]) { inputs in
        let (u, s, v) = svd(inputs[0])
        return (u * u * u).sum() + s.sum() + v.sum()
      },
      smooth("pseudo-inverse", slack: 40, [a]) { pseudoInverse($0[0]) },
      plain("pseudo-inverse of rank 1", slack: 40, [Tensor(shape: [2, 3], [1, 2, 3, 2, 4, 6])]) {
        [pseudoInverse($0[0])]
      },
    ]
  }
}
