import ChainRuleCore

/// Q above R of A = Q·R for matrices that are not wider than they are tall; R's diagonal is positive.
///
/// With M = Ȧ·R⁻¹ and K = QᵀM: Ṙ = (up(K) + low(K)ᵀ)·R, Q̇ = Q·(low(K) − low(K)ᵀ) + (I − QQᵀ)·M; back, with W = R̄·Rᵀ and
/// G = QᵀQ̄, Ā = (Q·(up(W) + low(Wᵀ) + low(G − Gᵀ)) + (I − QQᵀ)·Q̄)·R⁻ᵀ; low is strictly below the diagonal.
/// Source: Walter and Lehmann 2010, Algorithmic differentiation of linear algebra functions.
struct OrthogonalFactors: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "Q above R, A = Q·R, QᵀQ = I, R upper triangular",
    derivatives: ["(Q·(up(W) + low(Wᵀ + G − Gᵀ)) + (I − QQᵀ)·U₀)·R⁻ᵀ, W = U₁·Rᵀ, G = Qᵀ·U₀"],
    convention: "the diagonal of R is not negative; a 0 on it has no gradient")
  var name: String { "qr" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireMatrix(inputs[0], in: name)
    let (m, n) = (inputs[0][-2], inputs[0][-1])
    guard m >= n else {
      throw ChainRuleError(.shape, in: name, required: "at least as many rows as columns", got: "\(inputs[0])")
    }
    return inputs[0].matrix(m + n, n)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.qr(inputs[0])
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (m, n) = (inputs[0].shape[-2], inputs[0].shape[-1]), graph = output.graph, axis = output.shape.rank - 2
    let q = output.rows(0..<m), r = output.rows(m..<m + n)
    let above = Triangle(isLower: false), below = Triangle(isLower: true, offset: -1)
    /// X·op(R)⁻¹.
    func divided(_ x: Node, transposed: Bool) -> Node {
      graph.record(TriangularSolve(isLower: false, isTransposed: !transposed), [r, x.turned]).turned
    }
    return .linear(
      apply: { tangent in
        let moved = divided(tangent, transposed: false), k = q.times(moved, turningLeft: true)
        let low = k.triangle(below)
        let turned = q.times(low - low.turned), ofQ = m > n ? turned + (moved - q.times(k)) : turned
        return concatenate([ofQ, (k.triangle(above) + low.turned).times(r)], axis: axis)
      },
      transpose: { upstream in
        let ofQ = graph.part(0..<m, ofAxis: axis, of: upstream),
          ofR = graph.part(m..<m + n, ofAxis: axis, of: upstream)
        let g = ofQ.map { q.times($0, turningLeft: true) }, w = ofR?.times(r, turningRight: true)
        let parts = [
          g.map { ($0 - $0.turned).triangle(below) }, w.map { $0.triangle(above) + $0.turned.triangle(below) },
        ].compactMap { $0 }
        guard let first = parts.first else { return graph.constant(0 as Double).broadcast(to: inputs[0].shape) }
        let inner = q.times(parts.dropFirst().reduce(first) { $0 + $1 })
        guard m > n, let ofQ, let g else { return divided(inner, transposed: true) }
        return divided(inner + (ofQ - q.times(g)), transposed: true)
      })
  }
}

/// q with orthonormal columns and the upper triangular r with a = q·r: `[…, m, n] → […, m, k], […, k, n]`, k = min(m, n).
///
/// The diagonal of r is positive, so that q and r are what they are: there is no choice of signs. A column that depends
/// on those before it makes a 0 there; then q is one of several, and its gradient is an error that names the place. Of a
/// matrix with more columns than rows the first must be independent.
/// - Returns: nodes that carry the mistake where the shape does not fit.
public func qr(_ a: Node) -> (q: Node, r: Node) {
  if a.error != nil { return (a, a) }
  do {
    try requireMatrix(a.shape, in: "qr")
    let (m, n) = (a.shape[-2], a.shape[-1]), k = a.shape.shorter
    let factors = a.graph.record(OrthogonalFactors(), [a.columns(0..<k)])
    let q = factors.rows(0..<m), r = factors.rows(m..<m + k)
    guard n > k else { return (q, r) }
    return (q, concatenate([r, q.times(a.columns(k..<n), turningLeft: true)], axis: -1))
  } catch {
    let failed = a.graph.attempt(in: "qr") { throw error }
    return (failed, failed)
  }
}
