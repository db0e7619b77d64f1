import ChainRuleCore

/// X of A·X = B or Aᵀ·X = B, by LU with partial pivoting.
///
/// B̄ = A⁻ᵀ·U and Ā = −B̄·Xᵀ (Giles 2008, 2.3.1).
struct Solve: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "X of A·X = B, or Aᵀ·X = B", derivatives: ["−A⁻ᵀ·U·Xᵀ", "A⁻ᵀ·U: `Solve` with the other flag"],
    call: "solve")
  let isTransposed: Bool
  /// Whether a pivot that is 0 to rounding counts as 0: where a solution is a part of something that has no such pole.
  var isCautious = false
  var name: String { "solve" }
  var arity: Int? { 2 }

  func detail(of inputs: [Shape]) -> String { isTransposed ? "transposed" : "" }

  func shape(of inputs: [Shape]) throws -> Shape { try shapeOfSolution(inputs, in: name) }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let factors = try Kernels.lu(inputs[0])
    if isCautious, let pivot = vanishing(factors) { throw singular(pivot, in: name) }
    let (value, failed) = try Kernels.solve(factors: factors, inputs[1], isTransposed: isTransposed)
    guard failed == 0 else { throw singular(failed, in: name) }
    return value
  }

  /// The first pivot that is no larger than rounding, from 1.
  private func vanishing(_ factors: Tensor) -> Int? {
    let n = factors.shape[-2], size = n * (n + 1)
    for batch in 0..<(n == 0 ? 0 : factors.count / size) {
      let pivots = (0..<n).map { factors.element(batch * size + $0 * (n + 2)).magnitude }
      let least = Double(n) * factors.epsilon * (pivots.max() ?? 0)
      if let place = pivots.firstIndex(where: { $0 <= least }) { return place + 1 }
    }
    return nil
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let a = inputs[0], graph = output.graph, back = Solve(isTransposed: !isTransposed, isCautious: isCautious)
    if index == 1 {
      return .linear(apply: { graph.record(self, [a, $0]) }, transpose: { graph.record(back, [a, $0]) })
    }
    return .linear(
      apply: { -graph.record(self, [a, $0.times(output, turningLeft: isTransposed)]) },
      transpose: { upstream in
        let right = graph.record(back, [a, upstream])
        return -(isTransposed ? output.times(right, turningRight: true) : right.times(output, turningRight: true))
      })
  }

  /// A matrix that all examples share is factored once.
  package func batched(_ batch: Batch) -> Node? {
    batch.sharedSolve(self, with: [batch.inputs[0]], matrix: 0, right: 1)
  }
}

/// The x of a·x = b for an invertible matrix: a vector `[n]` or columns `[…, n, m]`; leading axes broadcast.
///
/// By LU with partial pivoting.
/// - Returns: a node that carries the mistake where shapes do not fit; reading its value throws where a pivot is 0, and
///   names it. A matrix that is nearly singular has a large solution with few right digits, as everywhere.
public func solve(_ a: Node, _ b: Node) -> Node { solved("solve", a, b) { Solve(isTransposed: false) } }

/// The inverse of each matrix `[…, n, n]`. `solve` is better where only a product with it is wanted.
/// - Returns: a node that carries the mistake where the shape does not fit; reading its value throws where a pivot is 0.
public func inverse(_ a: Node) -> Node {
  recording("inverse", a) {
    try requireSquare(a.shape, in: "inverse")
    return a.graph.record(Solve(isTransposed: false), [a, a.graph.identity(a.shape)])
  }
}
