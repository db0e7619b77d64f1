import ChainRuleCore

/// eᴬ by scaling, a rational approximation of degree 13 and squaring (Higham 2005).
///
/// Its derivative along E is the upper right block of the exponential of [[A, E], [0, A]] (Mathias 1996), so that
/// derivatives of every order are exponentials again.
struct MatrixExponential: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "I + A + A²/2 + A³/6 + …", derivatives: ["the upper right block of exp [[Aᵀ, U], [0, Aᵀ]]"],
    call: "matrixExponential", aliases: ["expm"])
  var name: String { "matrixExponential" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireSquare(inputs[0], in: name)
    return inputs[0]
  }

  private static let coefficients: [Double] = [
    64_764_752_532_480_000, 32_382_376_266_240_000, 7_771_770_303_897_600, 1_187_353_796_428_800, 129_060_195_264_000,
    10_559_470_521_600, 670_442_572_800, 33_522_128_640, 1_323_241_920, 40_840_800, 960_960, 16_380, 182, 1,
  ]

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let a = inputs[0], n = a.shape[-1]
    guard a.count > 0 else { return a }
    let values = a.scalars
    let norm = (0..<a.count / n).map { row in (0..<n).reduce(0) { $0 + values[row * n + $1].magnitude } }.max() ?? 0
    guard norm.isFinite else {
      throw ChainRuleError(.value, in: name, required: "finite elements", got: "∞ or NaN")
    }
    let halvings = norm > 4 ? Swift.max(0, (norm / 4).exponent + 1) : 0
    var result = try rational(a.map { $0 * Double(sign: .plus, exponent: -halvings, significand: 1) })
    for _ in 0..<halvings { result = try Kernels.matmul(result, result) }
    return result
  }

  /// (V − U)⁻¹·(V + U) for the odd and even parts of the polynomial.
  private func rational(_ a: Tensor) throws -> Tensor {
    let b = Self.coefficients, identity = Tensor.identities(a.shape, a.elementType)
    let a2 = try Kernels.matmul(a, a), a4 = try Kernels.matmul(a2, a2), a6 = try Kernels.matmul(a4, a2)
    func sum(_ weights: [(Double, Tensor)]) -> Tensor {
      weights.dropFirst().reduce(weights[0].1.map { $0 * weights[0].0 }) { sum, next in
        sum + next.1.map { $0 * next.0 }
      }
    }
    let oddHigh = try Kernels.matmul(a6, sum([(b[13], a6), (b[11], a4), (b[9], a2)]))
    let odd = try Kernels.matmul(a, oddHigh + sum([(b[7], a6), (b[5], a4), (b[3], a2), (b[1], identity)]))
    let evenHigh = try Kernels.matmul(a6, sum([(b[12], a6), (b[10], a4), (b[8], a2)]))
    let even = evenHigh + sum([(b[6], a6), (b[4], a4), (b[2], a2), (b[0], identity)])
    return try Kernels.solve(factors: try Kernels.lu(even - odd), even + odd, isTransposed: false).value
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let a = inputs[0], n = a.shape[-1]
    func along(_ direction: Node, _ a: Node) -> Node {
      let upper = concatenate([a, direction], axis: -1)
      let lower = concatenate([a.graph.constant(0 as Double).broadcast(to: a.shape), a], axis: -1)
      let both = a.graph.record(self, [concatenate([upper, lower], axis: -2)])
      return both.rows(0..<n).columns(n..<2 * n)
    }
    return .linear(apply: { along($0, a) }, transpose: { along($0, a.turned) })
  }
}

/// eᴬ of each matrix `[…, n, n]`.
/// - Returns: a node that carries the mistake where the shape does not fit; reading it throws for ∞ and NaN.
public func matrixExponential(_ a: Node) -> Node {
  recording("matrixExponential", a) { a.graph.record(MatrixExponential(), [a]) }
}

/// A to a whole power, for each matrix `[…, n, n]`: by squaring; a negative power is one of the inverse.
/// - Returns: a node that carries the mistake where the shape does not fit.
public func matrixPower(_ a: Node, _ exponent: Int) -> Node {
  recording("matrixPower", a) {
    try requireSquare(a.shape, in: "matrixPower")
    var rest = exponent.magnitude, base = exponent < 0 ? inverse(a) : a, result: Node?
    while rest > 0 {
      if rest & 1 == 1 { result = result.map { $0.times(base) } ?? base }
      rest >>= 1
      if rest > 0 { base = base.times(base) }
    }
    return result ?? a.graph.identity(a.shape)
  }
}

/// A norm of matrices.
public enum MatrixNorm: Sendable, Hashable, CaseIterable {
  /// √Σ aᵢⱼ².
  case frobenius
  /// The sum of the singular values.
  case nuclear
  /// The largest singular value.
  case spectral
}

extension Node {
  /// A norm of each matrix: `[…, m, n] → […]`.
  ///
  /// The nuclear norm has a corner where a singular value is 0 (its gradient there is u·vᵀ of the vectors that were
  /// found), the spectral one where the two largest are equal.
  /// - Returns: a node that carries the mistake where the shape does not fit.
  public func norm(order: MatrixNorm) -> Node {
    recording("norm", self) {
      try requireMatrix(shape, in: "norm")
      if order == .frobenius { return norm(2, axes: [-2, -1]) }
      guard shape.shorter > 0 else { return graph.constant(0 as Double).broadcast(to: Shape(shape.batch)) }
      let values = singularValues(self)
      return order == .nuclear
        ? values.sum(axes: [-1]) : values.columns(0..<1).reshaped(to: Shape(shape.batch))
    }
  }

  /// (Σ |x|ᵖ)^(1/p) of a vector or over axes: ``norm(_:axes:keepingDimensions:)``.
  public func norm(order p: Double, axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    norm(p, axes: axes, keepingDimensions: keepingDimensions)
  }
}
