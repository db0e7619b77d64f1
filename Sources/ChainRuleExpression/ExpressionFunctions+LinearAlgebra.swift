import ChainRuleCore
import ChainRuleMathematics

// Functions of matrices: primitives under the names of their descriptors, parts of factorizations, and what is composed.
extension ExpressionFunction {
  package static let linearAlgebra: [ExpressionFunction] =
    [
      ofMatrix("cholesky") { cholesky($0) },
      ofMatrix("inverse", aliases: ["inv"]) { $0.asInverse },
      ofMatrix("determinant") { determinant($0) }, ofMatrix("logDeterminant") { logDeterminant($0).value },
      ofMatrix("determinantSign") { logDeterminant($0).sign }, ofMatrix("pseudoInverse") { pseudoInverse($0) },
      ofMatrix("matrixExponential") { matrixExponential($0) },
      ofMatrix("eigenvalues", aliases: ["eigvalsh", "eigenvaluesSymmetric"]) { eigenvaluesSymmetric($0) },
      ofMatrix("eigenvectors") { eigh($0).vectors },
      ofMatrix("singularValues", aliases: ["svdvals"]) { singularValues($0) },
      ofMatrix("leftSingularVectors") { svd($0).u }, ofMatrix("rightSingularVectors") { svd($0).v },
      ofMatrix("qrOrthogonal") { qr($0).q }, ofMatrix("qrTriangular") { qr($0).r },
      ofMatrix("luPermutation") { lu($0).p },
      ofMatrix("luLower") { lu($0).l }, ofMatrix("luUpper") { lu($0).u },
      ofMatrix("nuclearNorm") { $0.norm(order: .nuclear) }, ofMatrix("spectralNorm") { $0.norm(order: .spectral) },
      // Of a vector its length, of a matrix the largest singular value.
      ofMatrix("inducedNorm") { $0.error == nil && $0.shape.rank < 2 ? $0.norm() : $0.norm(order: .spectral) },
      ofMatrix("frobeniusNorm") { $0.norm(order: .frobenius) },
      ofMatrix("diagonalMatrix", operand: "v") { $0.diagonalMatrix() },
      ofTwo("solve", "A, b") { solve($0, $1) },
      ofTwo("leastSquares", "A, b", aliases: ["lstsq"]) { leastSquares($0, $1) },
      ofTwo("choleskySolve", "L, b", aliases: ["choSolve"]) { choleskySolve($0, $1) },
      ofMatrix("symmetricPart") { $0.symmetricPart() },
      ofMatrix("conditionNumber", aliases: ["cond"]) { conditionNumber($0) },
      ofTwo("cross", "a, b") { cross($0, $1) },
      ofTwo("squaredDistances", "x, y") { squaredDistances($0, $1) },
      ofTwo("toeplitz", "column, row") { toeplitz($0, $1) },
      ofTwo("trapezoid", "y, x", aliases: ["trapz"]) { trapezoid($0, $1) },
      ExpressionFunction("blockDiagonal(A, B)", takes: .atLeast(1), aliases: ["blockDiag"]) { blockDiagonal($0.nodes) },
      ExpressionFunction("covariance(x, correction: 1)", takes: .exactly(1), options: [.correction], aliases: ["cov"]) {
        $0.node(0).covariance(correction: try $0.wholeNumber(.correction) ?? 1)
      },
      ofTwo("outer", "a, b") { outer($0, $1) }, ofTwo("kronecker", "A, B", aliases: ["kron"]) { kronecker($0, $1) },
      ExpressionFunction(
        "triangularSolve(L, b, lower: true, transposed: false)", takes: .exactly(2), options: [.lower, .transposed],
        aliases: LinearAlgebraFamily.called["triangularSolve"]?.aliases ?? []
      ) {
        triangularSolve(
          $0.node(0), $0.node(1), lower: try $0[.lower] == nil || $0.flag(.lower), transposed: try $0.flag(.transposed))
      },
      ExpressionFunction("einsum(\"ij,jk->ik\", A, B)", takes: .atLeast(2), readsText: true) {
        einsum(try $0.text(), $0.nodes(from: 1))
      },
      ExpressionFunction("matrixPower(A, 2)", takes: .exactly(2)) { call in
        let exponent = try call.wholeNumbers(call.operands[1])
        guard exponent.count == 1 else { throw call.wrong("matrixPower takes one whole number") }
        return matrixPower(call.node(0), exponent[0])
      },
    ]
    + [("lowerTriangle", "tril", true), ("upperTriangle", "triu", false)].map { name, alias, isLower in
      ExpressionFunction("\(name)(A, offset: 0)", takes: .exactly(1), options: [.offset], aliases: [alias]) {
        let offset = try $0.wholeNumber(.offset) ?? 0
        return isLower ? $0.node(0).lowerTriangle(offset: offset) : $0.node(0).upperTriangle(offset: offset)
      }
    }

  private static func ofMatrix(
    _ name: String, operand: String = "A", aliases: [String] = [], _ function: @escaping @Sendable (Node) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(\(operand))", takes: .exactly(1), aliases: aliases + (LinearAlgebraFamily.called[name]?.aliases ?? [])
    ) { function($0.node(0)) }
  }

  private static func ofTwo(
    _ name: String, _ operands: String, aliases: [String] = [], _ function: @escaping @Sendable (Node, Node) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(\(operands))", takes: .exactly(2), aliases: aliases + (LinearAlgebraFamily.called[name]?.aliases ?? [])
    ) { function($0.node(0), $0.node(1)) }
  }
}

extension Node {
  /// The inverse of a matrix; of anything else one over each element.
  var asInverse: Node { error == nil && shape.rank < 2 ? reciprocal(self) : inverse(self) }
}
