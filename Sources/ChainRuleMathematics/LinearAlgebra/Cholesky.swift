import ChainRuleCore

/// L with A = L·Lᵀ, from the symmetric part of A.
///
/// L̇ = L·Φ(L⁻¹·Ȧ·L⁻ᵀ), where Φ takes the lower triangle and halves its diagonal; Ā = sym(L⁻ᵀ·Φ(Lᵀ·L̄)·L⁻¹).
/// Source: Murray 2016, Differentiation of the Cholesky decomposition.
struct Cholesky: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "L with A = L·Lᵀ, lower triangular with a positive diagonal",
    derivatives: ["sym(L⁻ᵀ·Φ(Lᵀ·U)·L⁻¹), Φ: lower triangle, half of the diagonal"],
    convention: "the symmetric part of A is read", call: "cholesky", aliases: ["chol"])
  var name: String { "cholesky" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireSquare(inputs[0], in: name)
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let (value, failed) = try Kernels.cholesky(inputs[0])
    guard failed == 0 else {
      throw ChainRuleError(
        .value, in: name, required: "a positive definite matrix",
        got: "pivot \(failed - 1), counted from 0, is not above 0",
        hint: "Add a small multiple of the identity where rounding made it indefinite.")
    }
    return value
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let half = Triangle(isLower: true, diagonalWeight: 0.5), l = output, graph = output.graph
    /// op(L)⁻¹·S·op(L)⁻ᵀ of a symmetric S, itself symmetric.
    func between(_ symmetric: Node, transposed: Bool) -> Node {
      let solve = TriangularSolve(isLower: true, isTransposed: transposed)
      return graph.record(solve, [l, graph.record(solve, [l, symmetric]).turned])
    }
    return .linear(
      apply: { l.times(between($0.symmetrized, transposed: false).triangle(half)) },
      transpose: { between(l.times($0, turningLeft: true).triangle(half).symmetrized, transposed: true) })
  }
}

/// The lower triangular L with a = L·Lᵀ and a positive diagonal, for each matrix `[…, n, n]`.
///
/// ```swift
/// let l = cholesky(k + noise * identity)
/// let logDensity = -0.5 * square(triangularSolve(l, y)).sum() - log(l.diagonal()).sum()
/// ```
/// The symmetric part of `a` is read, so that its gradient is symmetric.
/// - Returns: a node that carries the mistake where the shape does not fit; reading its value throws where the matrix is
///   not positive definite, and names the pivot.
public func cholesky(_ a: Node) -> Node { recording("cholesky", a) { a.graph.record(Cholesky(), [a]) } }
