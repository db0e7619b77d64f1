import ChainRuleCore

/// A⁺ by Moore and Penrose, from the singular values that are above rounding.
///
/// Ṗ = −P·Ȧ·P + P·Pᵀ·Ȧᵀ·(I − A·P) + (I − P·A)·Ȧᵀ·Pᵀ·P, at constant rank (Golub and Pereyra 1973).
struct PseudoInverse: MatrixPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "A⁺: A·A⁺·A = A, A⁺·A·A⁺ = A⁺, both products symmetric",
    derivatives: ["−Pᵀ·U·Pᵀ + (I − A·P)·Uᵀ·P·Pᵀ + Pᵀ·P·Uᵀ·(I − P·A)"],
    convention: "singular values up to max(m, n)·ε of the largest count as 0; the derivative is that at constant rank",
    call: "pseudoInverse", aliases: ["pinv"])
  var name: String { "pseudoInverse" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireMatrix(inputs[0], in: name)
    return inputs[0].matrix(inputs[0][-1], inputs[0][-2])
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let a = inputs[0], parts = try SingularParts(of: a, in: name), k = a.shape.shorter
    let inverses = zip(parts.s.scalars, cutoffs(a.shape, parts.s)).map { $0 > $1 ? 1 / $0 : 0 }
    let columns = a.shape[-1]
    let weighted = parts.v.mapped { $1 * inverses[$0 / (columns * k) * k + $0 % k] }
    return try Kernels.matmul(weighted, parts.u, transposingB: true)
  }

  /// For each singular value the size up to which it counts as 0.
  private func cutoffs(_ shape: Shape, _ s: Tensor) -> [Double] {
    let values = s.scalars, k = shape.shorter
    return values.indices.map { Double(Swift.max(shape[-2], shape[-1])) * s.epsilon * values[$0 / k * k] }
  }

  /// The rank.
  func branches(of inputs: [Tensor]) throws -> Tensor {
    let a = inputs[0], s = try SingularParts(of: a, in: name).s
    return Tensor(zip(s.scalars, cutoffs(a.shape, s)).map { $0 > $1 ? 1 : 0 })
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let a = inputs[0], p = output
    /// x − A·P·x and x − P·A·x.
    func outsideColumns(_ x: Node) -> Node { x - a.times(p.times(x)) }
    func outsideRows(_ x: Node) -> Node { x - p.times(a.times(x)) }
    return .linear(
      apply: { tangent in
        let left = p.times(tangent), right = tangent.times(p)
        return outsideRows(left.times(p, turningLeft: true)) - left.times(p)
          + p.times(outsideColumns(right), turningRight: true)
      },
      transpose: { upstream in
        let back = p.times(upstream, turningLeft: true).times(p, turningRight: true)
        let columns = upstream.times(p, turningLeft: true).times(p, turningRight: true)
        let rows = upstream.times(p, turningRight: true).times(p)
        return outsideColumns(columns) - back + outsideRows(rows).turned
      })
  }
}

/// The pseudoinverse of each matrix, of any rank: `[…, m, n] → […, n, m]`.
///
/// Singular values up to max(m, n)·ε of the largest count as 0. Where the rank is not full, the gradient is that along
/// directions that keep it; others make the pseudoinverse jump.
/// - Returns: a node that carries the mistake where the shape does not fit; reading it throws for ∞ and NaN.
public func pseudoInverse(_ a: Node) -> Node { recording("pseudoInverse", a) { a.graph.record(PseudoInverse(), [a]) } }

/// The x with the smallest |a·x − b|, and of several the shortest: a vector `[m]` or columns `[…, m, k]` for `[…, m, n]`.
///
/// Its gradient is that at constant rank, as `pseudoInverse`'s.
/// - Returns: a node that carries the mistake where shapes do not fit.
public func leastSquares(_ a: Node, _ b: Node) -> Node {
  recording("leastSquares", a, b) {
    try requireMatrix(a.shape, in: "leastSquares")
    guard b.shape.rank > 0, b.shape[b.shape.rank == 1 ? 0 : -2] == a.shape[-2] else {
      throw ChainRuleError(
        .shape, in: "leastSquares", required: "a vector or columns of \(a.shape[-2]) elements for \(a.shape)",
        got: "shape \(b.shape)")
    }
    return pseudoInverse(a).matmul(b)
  }
}
