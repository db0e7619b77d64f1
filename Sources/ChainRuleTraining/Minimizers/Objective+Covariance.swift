import ChainRuleCore

extension Objective {
  /// The inverse of the Hessian at a minimum: the covariance of the estimates, where the value is a negative log-likelihood
  /// (a sum of squares is one after division by 2 s²). Rows of elements that lie on a bound are 0.
  ///
  /// - Parameters:
  ///   - minimum: where the search ended.
  ///   - bounds: those of the search.
  /// - Throws: a `ChainRuleError` where the Hessian is not positive definite there: no minimum, or one that does not
  ///   determine every element. Source: Efron and Hinkley 1978.
  public func covariance(at minimum: Minimum, bounds: [ClosedRange<Double>]? = nil) throws -> [[Double]] {
    let count = minimum.point.count
    let free = minimum.point.indices.filter { index in
      guard let bounds, bounds.indices.contains(index) else { return true }
      return minimum.point[index] > bounds[index].lowerBound && minimum.point[index] < bounds[index].upperBound
    }
    _ = try evaluate(at: minimum.point)
    let rows = try free.map { index in
      let product = try hessianProduct(along: (0..<count).map { $0 == index ? 1 : 0 })
      return free.map { product[$0] }
    }
    guard let inverse = Self.inverse(rows) else {
      throw ChainRuleError(
        .value, in: "covariance", required: "a positive definite Hessian", got: "\(rows)",
        hint: "Look at Minimum.reason, or give the value a term that determines every element.")
    }
    var result = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for (a, row) in free.enumerated() { for (b, column) in free.enumerated() { result[row][column] = inverse[a][b] } }
    return result
  }

  /// The inverse of a symmetric matrix by Cholesky's factors; nil where it is not positive definite to rounding.
  private static func inverse(_ matrix: [[Double]]) -> [[Double]]? {
    let n = matrix.count
    // Scaled to a diagonal of 1, so that units do not matter.
    let scale = matrix.indices.map { 1 / matrix[$0][$0].squareRoot() }
    guard scale.allSatisfy({ $0.isFinite && $0 > 0 }) else { return nil }
    var factor = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    for row in 0..<n {
      for column in 0...row {
        let mean = (matrix[row][column] + matrix[column][row]) / 2 * scale[row] * scale[column]
        let rest = mean - dot(Array(factor[row][..<column]), Array(factor[column][..<column]))
        guard row == column else {
          factor[row][column] = rest / factor[column][column]
          continue
        }
        guard rest > Double(n) * 16 * Double.ulpOfOne else { return nil }
        factor[row][row] = rest.squareRoot()
      }
    }
    // The columns of the inverse factor, then its square.
    var lower = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    for column in 0..<n {
      for row in column..<n {
        var sum = row == column ? 1.0 : 0
        for index in column..<row { sum -= factor[row][index] * lower[index][column] }
        lower[row][column] = sum / factor[row][row]
      }
    }
    return (0..<n).map { a in
      (0..<n).map { b in
        var sum = 0.0
        for index in Swift.max(a, b)..<n { sum += lower[index][a] * lower[index][b] }
        return sum * scale[a] * scale[b]
      }
    }
  }
}
