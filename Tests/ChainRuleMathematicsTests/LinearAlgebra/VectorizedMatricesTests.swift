import ChainRule
import Testing

/// A batch by `vectorized`, by the axes before the last two, and matrix by matrix are the same.
@Suite struct VectorizedMatricesTests {
  private static let functions: [(name: String, function: @Sendable (Node) throws -> Node)] = [
    ("cholesky", { cholesky($0) }), ("inverse", { inverse($0) }), ("determinant", { determinant($0) }),
    ("logDeterminant", { logDeterminant($0).value }), ("lu", { lu($0).u }), ("qr", { qr($0).q }),
    ("eigh", { eigh($0).vectors }), ("eigenvaluesSymmetric", { eigenvaluesSymmetric($0) }), ("svd", { svd($0).v }),
    ("singularValues", { singularValues($0) }), ("pseudoInverse", { pseudoInverse($0) }),
    ("matrixExponential", { matrixExponential($0) }), ("matrixPower", { matrixPower($0, 3) }),
    ("trace", { $0.trace() }), ("diagonal", { $0.diagonal() }), ("lowerTriangle", { $0.lowerTriangle() }),
    ("nuclear", { $0.norm(order: .nuclear) }),
  ]

  @Test(arguments: functions.map(\.name)) func batches(name: String) throws {
    let function = try #require(Self.functions.first { $0.name == name }).function
    let graph = Graph(), batch = graph.input("batch", dominant([3, 4, 4]))
    let one = try function(batch), other = try vectorized { try function($0) }(batch)
    let alone = stack(try (0..<3).map { try function(batch[$0]) })
    let size = try one.value().largest
    #expect(try distance(one, other) <= 1e-13 * size && distance(one, alone) <= 1e-13 * size)
    let slopes = try [one, other, alone].map { try square($0).sum().gradients(withRespectTo: [batch])[0] }
    let steepest = try slopes[0].value().largest
    #expect(
      try distance(slopes[0], slopes[1]) <= 1e-12 * steepest && distance(slopes[0], slopes[2]) <= 1e-12 * steepest)
  }

  @Test func oneMatrixForManyRightSides() throws {
    let graph = Graph(), a = graph.input("a", dominant([3, 3])), bs = graph.input("bs", sample([5, 3]))
    for f in [{ solve(a, $0) }, { triangularSolve(a, $0, transposed: true) }, { leastSquares(a, $0) }]
      as [(Node) -> Node]
    {
      let together = try vectorized { f($0) }(bs), alone = stack((0..<5).map { f(bs[$0]) })
      #expect(try distance(together, alone) <= 1e-14)
      let slopes = try [together, alone].map { try square($0).sum().gradients(withRespectTo: [a])[0] }
      #expect(try distance(slopes[0], slopes[1]) <= 1e-13)
    }
  }
}
