import ChainRuleCore

/// log of the density of normal vectors `[…, n]` with a mean `[…, n]` and the lower Cholesky factor L of their covariance,
/// `[…, n, n]`: −½·|L⁻¹(x − μ)|² − Σ log Lᵢᵢ − n/2·log 2π.
///
/// ```swift
/// let loss = -multivariateNormalLogDensity(y, mean: m, choleskyFactor: cholesky(k))  // a marginal likelihood
/// ```
/// Many vectors with one factor are one solve with many columns.
/// - Returns: a node that carries the mistake where shapes do not fit.
public func multivariateNormalLogDensity(_ x: Node, mean: Node, choleskyFactor l: Node) -> Node {
  recording("multivariateNormalLogDensity", x, mean, l) {
    let n = try length(of: l, in: "multivariateNormalLogDensity")
    let centered = x - mean
    if centered.error != nil { return centered }
    guard centered.shape.rank > 0, centered.shape[-1] == n else {
      throw ChainRuleError(
        .shape, in: "multivariateNormalLogDensity", required: "vectors of \(n) elements for the factor \(l.shape)",
        got: "\(x.shape) and a mean \(mean.shape)")
    }
    let whitened: Node, batch = Array(centered.shape.dimensions.dropLast())
    if l.shape.rank == 2 {
      let columns = centered.reshaped(to: [Shape(batch).elementCount, n]).transposed()
      whitened = square(triangularSolve(l, columns)).sum(axes: [0]).reshaped(to: Shape(batch))
    } else {
      whitened = square(triangularSolve(l, centered.asColumn)).sum(axes: [-2, -1])
    }
    return -0.5 * whitened - log(l.diagonal()).sum(axes: [-1]) - Double(n) * 0.9189385332046728
  }
}

/// The same for a covariance, whose symmetric part must be positive definite.
/// - Returns: a node that carries the mistake where shapes do not fit; reading it names a pivot that is not above 0.
public func multivariateNormalLogDensity(_ x: Node, mean: Node, covariance: Node) -> Node {
  multivariateNormalLogDensity(x, mean: mean, choleskyFactor: cholesky(covariance))
}

/// log of the Wishart density of positive definite matrices `[…, n, n]` with ν > n − 1 degrees of freedom and the Cholesky
/// factor of a scale V: (ν − n − 1)/2·log |X| − tr(V⁻¹X)/2 − ν/2·log |V| − νn/2·log 2 − log Γₙ(ν/2).
/// - Returns: a node that carries the mistake where shapes do not fit; reading it names a pivot that is not above 0.
public func wishartLogDensity(_ x: Node, degreesOfFreedom: Node, scaleFactor l: Node) -> Node {
  recording("wishartLogDensity", x, degreesOfFreedom, l) {
    let n = try length(of: l, in: "wishartLogDensity"), own = cholesky(x), half = degreesOfFreedom / 2
    func logDeterminant(_ factor: Node) -> Node { 2 * log(factor.diagonal()).sum(axes: [-1]) }
    var gammas = Double(n * (n - 1)) / 4 * Double.piLogarithm + lgamma(half)
    for place in 1..<Swift.max(n, 1) { gammas = gammas + lgamma(half - Double(place) / 2) }
    let trace = square(triangularSolve(l, own)).sum(axes: [-2, -1])
    return (half - Double(n + 1) / 2) * logDeterminant(own) - 0.5 * trace - half * logDeterminant(l)
      - half * (Double(n) * 0.6931471805599453) - gammas
  }
}

extension Double { fileprivate static let piLogarithm = 1.1447298858494002 }

extension Graph {
  /// Normal vectors `shape + […, n]`: μ + L·ε with a mean `[…, n]` and the lower Cholesky factor L `[…, n, n]` of their
  /// covariance. The gradient flows to both, to every order.
  /// - Returns: a node that carries the mistake where shapes do not fit.
  public func randomMultivariateNormal(
    mean: Node, choleskyFactor l: Node, shape: Shape = .scalar, seed: UInt64, counter: Node? = nil
  ) -> Node {
    recording("randomMultivariateNormal", mean, l) {
      let n = try length(of: l, in: "randomMultivariateNormal")
      guard mean.shape.rank > 0, mean.shape[-1] == n,
        let batch = Shape(Array(mean.shape.dimensions.dropLast())).broadcast(with: Shape(l.shape.batch))
      else {
        throw ChainRuleError(
          .shape, in: "randomMultivariateNormal", required: "a mean of \(n) elements for the factor \(l.shape)",
          got: "shape \(mean.shape)")
      }
      let lower = l.lowerTriangle()
      let numbers = randomNormal(
        shape: Shape(shape.dimensions + batch.dimensions + [n]), seed: seed, counter: counter)
      if l.shape.rank == 2 { return mean + numbers.matmul(lower.transposed()) }
      return mean + (lower * numbers.asRow).sum(axes: [-1])
    }
  }
}

/// The n of factors `[…, n, n]`.
private func length(of factor: Node, in name: String) throws -> Int {
  try requireSquare(factor.shape, in: name)
  return factor.shape[-1]
}
