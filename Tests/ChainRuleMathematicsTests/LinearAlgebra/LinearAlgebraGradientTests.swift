import ChainRule
import Testing

/// Gradients of each function against differences, and in the heavy tier second derivatives.
@Suite struct LinearAlgebraGradientTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let inputs: [Tensor]
    let function: @Sendable ([Node]) -> Node
    init(_ name: String, _ inputs: [Tensor], _ function: @escaping @Sendable ([Node]) -> Node) {
      (testDescription, self.inputs, self.function) = (name, inputs, function)
    }
  }

  static let solves: [Case] = [
    Case("cholesky", [dominant([3, 3])]) { cholesky($0[0]) },
    Case("cholesky of a batch", [dominant([2, 3, 3])]) { cholesky($0[0]) },
    Case("cholesky of 1×1", [Tensor([[2.5]])]) { cholesky($0[0]) },
    Case("triangularSolve, lower", [dominant([3, 3]), sample([3, 2])]) { triangularSolve($0[0], $0[1]) },
    Case("triangularSolve, lower, transposed", [dominant([3, 3]), sample([3, 2])]) {
      triangularSolve($0[0], $0[1], transposed: true)
    },
    Case("triangularSolve, upper", [dominant([3, 3]), sample([3])]) { triangularSolve($0[0], $0[1], lower: false) },
    Case("triangularSolve, upper, transposed", [dominant([2, 3, 3]), sample([3, 2])]) {
      triangularSolve($0[0], $0[1], lower: false, transposed: true)
    },
    Case("solve of a vector", [sample([3, 3], seed: 4), sample([3])]) { solve($0[0], $0[1]) },
    Case("solve of batches", [sample([3, 3], seed: 4), sample([2, 3, 2])]) { solve($0[0], $0[1]) },
    Case("inverse", [sample([2, 3, 3], seed: 4)]) { inverse($0[0]) },
    Case("determinant of 1×1", [sample([2, 1, 1])]) { determinant($0[0]) },
    Case("determinant of 2×2", [sample([2, 2])]) { determinant($0[0]) },
    Case("determinant of 3×3", [sample([2, 3, 3])]) { determinant($0[0]) },
    Case("determinant of 5×5", [sample([5, 5])]) { determinant($0[0]) },
    Case("determinants of 4×4", [sample([2, 4, 4])]) { determinant($0[0]) },
    Case("logDeterminant", [sample([2, 3, 3])]) { logDeterminant($0[0]).value },
  ]

  static let factors: [Case] = [
    Case("lu, l", [sample([3, 3], seed: 2)]) { lu($0[0]).l },
    Case("lu, u", [sample([2, 3, 3], seed: 2)]) { lu($0[0]).u },
    Case("lu of a tall matrix, l", [sample([4, 2], seed: 2)]) { lu($0[0]).l },
    Case("lu of a tall matrix, u", [sample([4, 2], seed: 2)]) { lu($0[0]).u },
    Case("lu of a wide matrix", [sample([2, 4], seed: 2)]) { lu($0[0]).l.matmul(square(lu($0[0]).u)) },
    Case("qr, q", [sample([3, 3])]) { qr($0[0]).q },
    Case("qr, r", [sample([2, 3, 3])]) { qr($0[0]).r },
    Case("qr of a tall matrix", [sample([4, 2])]) { qr($0[0]).q.matmul(square(qr($0[0]).r)) },
    Case("qr of a wide matrix", [sample([2, 4])]) { square(qr($0[0]).q).matmul(qr($0[0]).r) },
    Case("eigh, values", [sample([2, 3, 3])]) { eigh($0[0]).values },
    Case("eigh, vectors", [sample([3, 3])]) { eigh($0[0]).vectors },
    Case("eigh, both", [sample([2, 4, 4])]) { eigh($0[0]).vectors * eigh($0[0]).values.expandingDimension(at: -2) },
    Case("svd, u", [sample([3, 3])]) { svd($0[0]).u },
    Case("svd, s", [sample([2, 4, 3])]) { svd($0[0]).s },
    Case("svd, v", [sample([3, 3])]) { svd($0[0]).v },
    Case("svd of a tall matrix, u", [sample([4, 2])]) { svd($0[0]).u },
    Case("svd of a tall matrix, v", [sample([2, 4, 2])]) { svd($0[0]).v },
    Case("svd of a wide matrix, u", [sample([2, 4])]) { svd($0[0]).u },
    Case("svd of a wide matrix, v", [sample([2, 4])]) { svd($0[0]).v },
    Case("singularValues", [sample([2, 3])]) { singularValues($0[0]) },
  ]

  static let composed: [Case] = [
    Case("pseudoInverse of a tall matrix", [sample([4, 2])]) { pseudoInverse($0[0]) },
    Case("pseudoInverse of a wide matrix", [sample([2, 2, 3])]) { pseudoInverse($0[0]) },
    Case("pseudoInverse of a square matrix", [sample([3, 3], seed: 4)]) { pseudoInverse($0[0]) },
    Case("leastSquares", [sample([4, 2]), sample([4])]) { leastSquares($0[0], $0[1]) },
    Case("matrixExponential", [sample([3, 3])]) { matrixExponential($0[0]) },
    Case("matrixExponential of a batch", [sample([2, 2, 2])]) { matrixExponential(3 * $0[0]) },
    Case("matrixPower", [sample([3, 3])]) { matrixPower($0[0], 5) },
    Case("matrixPower, negative", [sample([3, 3], seed: 4)]) { matrixPower($0[0], -2) },
    Case("norms", [sample([2, 3, 2])]) { x in
      MatrixNorm.allCases.map { x[0].norm(order: $0) }.reduce(x[0].graph.constant(1)) { $0 * $1 }
    },
    Case("trace", [sample([2, 3, 2])]) { square($0[0].trace()) },
    Case("diagonal", [sample([2, 3, 4])]) { square($0[0].diagonal()) },
    Case("diagonalMatrix", [sample([2, 3])]) { square($0[0].diagonalMatrix()) },
    Case("triangles", [sample([2, 3, 4])]) { square($0[0].lowerTriangle()) + $0[0].upperTriangle(offset: 1) },
    Case("kronecker", [sample([2, 2, 3]), sample([3, 1])]) { kronecker($0[0], $0[1]) },
    Case("einsum", [sample([2, 3]), sample([3, 4]), sample([2, 4])]) { einsum("ij,jk,ik->k", $0) },
  ]

  /// A sum with a weight of its own for each element, so that none is lost among others.
  static func weighed(_ node: Node) -> Node {
    (node * node.graph.constant(sample(node.shape, seed: 77))).sum()
  }

  @Test(arguments: solves + factors + composed) func gradientsAgreeWithDifferences(_ sample: Case) throws {
    let graph = Graph()
    let inputs = sample.inputs.enumerated().map { graph.input("x\($0)", $1) }
    let isSmall = inputs.reduce(0) { $0 + $1.shape.elementCount } <= 9
    let report = try checkGradients(
      of: Self.weighed(sample.function(inputs)), withRespectTo: inputs, order: isHeavy ? 2 : 1,
      mode: isSmall ? .full : .directions(4))
    #expect(report.verdict == .agree, "\(report)")
  }
}
