import ChainRuleCore

/// X of op(T)·X = B, where op transposes or not; one triangle of T is read.
///
/// Closed as a family: B̄ = op(T)⁻ᵀ·U, and from op(Ṫ)·X + op(T)·Ẋ = 0, T̄ = −B̄·Xᵀ (or its transpose) on the triangle.
/// Source: Giles 2008, An extended collection of matrix derivative results, 2.2.3.
struct TriangularSolve: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "X of T·X = B, or Tᵀ·X = B, from one triangle of T",
    derivatives: ["−T⁻ᵀ·U·Xᵀ on the triangle", "T⁻ᵀ·U: `TriangularSolve` with the other flag"], call: "triangularSolve",
    aliases: ["solveTriangular"])
  let isLower: Bool
  let isTransposed: Bool
  var name: String { "triangularSolve" }
  var arity: Int? { 2 }

  func detail(of inputs: [Shape]) -> String { (isLower ? "lower" : "upper") + (isTransposed ? ", transposed" : "") }

  func shape(of inputs: [Shape]) throws -> Shape { try shapeOfSolution(inputs, in: name) }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    _ = try shape(of: inputs.map(\.shape))
    let (value, failed) = try Kernels.triangularSolve(
      inputs[0], inputs[1], isLower: isLower, isTransposed: isTransposed)
    guard failed == 0 else { throw singular(failed, in: name) }
    return value
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let t = inputs[0], graph = output.graph, triangle = Triangle(isLower: isLower)
    let back = TriangularSolve(isLower: isLower, isTransposed: !isTransposed)
    if index == 1 {
      return .linear(apply: { graph.record(self, [t, $0]) }, transpose: { graph.record(back, [t, $0]) })
    }
    return .linear(
      apply: { -graph.record(self, [t, $0.triangle(triangle).times(output, turningLeft: isTransposed)]) },
      transpose: { upstream in
        let right = graph.record(back, [t, upstream])
        let outer = isTransposed ? output.times(right, turningRight: true) : right.times(output, turningRight: true)
        return -outer.triangle(triangle)
      })
  }

  /// A matrix that all examples share is solved with once: the examples' columns stand side by side.
  package func batched(_ batch: Batch) -> Node? {
    batch.sharedSolve(self, with: [batch.inputs[0]], matrix: 0, right: 1)
  }
}

/// The shape of X in A·X = B for A `[…, n, n]` and B `[…, n, m]`.
func shapeOfSolution(_ inputs: [Shape], in name: String) throws -> Shape {
  try requireSquare(inputs[0], in: name)
  let (a, b) = (inputs[0], inputs[1])
  guard b.rank == a.rank, b[-2] == a[-1], a.batch == b.batch else {
    throw ChainRuleError(
      .shape, in: name, required: "a right side of \(a[-1]) rows for the matrix \(a)", got: "shape \(b)")
  }
  return b
}

/// - Parameter pivot: as the kernels count, from 1.
func singular(_ pivot: Int, in name: String) -> ChainRuleError {
  ChainRuleError(
    .value, in: name, required: "an invertible matrix", got: "pivot \(pivot - 1), counted from 0, is 0",
    hint: "leastSquares and pseudoInverse take matrices of any rank.")
}

extension Batch {
  /// A solve with a matrix that all examples share: their right sides are the columns of one.
  func sharedSolve(_ primitive: any Primitive, with matrices: [Node], matrix: Int, right: Int) -> Node? {
    guard !isBatched[matrix], inputs[right].shape.rank == 3 else { return record(primitive) }
    let b = inputs[right], (n, m) = (b.shape[1], b.shape[2])
    let columns = b.transposed([1, 0, 2]).reshaped(to: [n, size * m])
    return graph.record(primitive, matrices + [columns]).reshaped(to: [n, size, m]).transposed([1, 0, 2])
  }
}

/// The x of l·x = b for a triangular matrix: a vector `[n]` or columns `[…, n, m]`; leading axes broadcast.
///
/// ```swift
/// let x = triangularSolve(cholesky(a), b)
/// ```
/// What stands on the other side of the diagonal is not read, and has the gradient 0.
/// - Parameters:
///   - lower: whether the lower triangle of `l` is read, or the upper one.
///   - transposed: solves with the transpose of that triangle.
/// - Returns: a node that carries the mistake where shapes do not fit; reading its value throws where the diagonal has
///   a 0, and names the place.
public func triangularSolve(_ l: Node, _ b: Node, lower: Bool = true, transposed: Bool = false) -> Node {
  solved("triangularSolve", l, b) { TriangularSolve(isLower: lower, isTransposed: transposed) }
}

/// Records a solve with vectors as columns and batches brought to one.
func solved(_ name: String, _ a: Node, _ b: Node, _ primitive: () -> any Primitive) -> Node {
  recording(name, a, b) {
    try requireSquare(a.shape, in: name)
    guard b.shape.rank > 0, b.shape[b.shape.rank == 1 ? 0 : -2] == a.shape[-1] else {
      throw ChainRuleError(
        .shape, in: name, required: "a vector or columns of \(a.shape[-1]) elements for the matrix \(a.shape)",
        got: "shape \(b.shape)")
    }
    let isVector = b.shape.rank == 1
    let (left, right) = try a.graph.sameBatch(a, isVector ? b.asColumn : b, in: name)
    let x = a.graph.record(primitive(), [left, right])
    return isVector ? x.reshaped(to: Shape(x.shape.dimensions.dropLast())) : x
  }
}
