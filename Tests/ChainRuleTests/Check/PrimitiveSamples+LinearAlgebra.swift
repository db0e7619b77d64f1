import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleMathematics

extension PrimitiveSamples {
  /// Primitives of matrices where they are smooth and well-conditioned.
  static let linearAlgebra: [PrimitiveSample] = [
    .init(Cholesky(), [dominant([2, 2, 2])]),
    .init(TriangularSolve(isLower: true, isTransposed: false), [dominant([3, 3]), random([3, 2], seed: 2)]),
    .init(TriangularSolve(isLower: false, isTransposed: true), [dominant([2, 2, 2]), random([2, 2, 1], seed: 2)]),
    .init(Solve(isTransposed: false), [dominant([3, 3]), random([3, 2], seed: 2)]),
    .init(Solve(isTransposed: true), [dominant([2, 2, 2]), random([2, 2, 1], seed: 2)]),
    .init(Determinant(), [dominant([3, 3])]), .init(LogDeterminant(), [dominant([2, 2, 2])]),
    .init(Cofactors(), [dominant([3, 3]), dominant([3, 3], seed: 3)]),
    .init(TriangularFactors(), [dominant([2, 2])]), .init(OrthogonalFactors(), [random([3, 2])]),
    .init(Eigh(), [dominant([2, 2])]), .init(SingularValues(), [random([3, 2])]),
    .init(Eigh(part: .values), [dominant([2, 3, 3])], "values"),
    .init(SingularValues(part: .values), [random([2, 2, 3])], "values"),
    .init(PairReciprocals(kind: .difference, noun: "number"), [Tensor([1, 2.5, 4])], "differences"),
    .init(PairReciprocals(kind: .sum, noun: "number"), [Tensor([[1, 2.5], [3, 4]])], "sums"),
    .init(PairReciprocals(kind: .single, noun: "number"), [Tensor([1, 2.5, 4])], "numbers"),
    .init(PseudoInverse(), [random([3, 2])]), .init(MatrixExponential(), [random([2, 2])]),
    .init(Triangle(isLower: true, diagonalWeight: 0.5), [random([2, 2, 3])]),
  ]

  /// A sign and an order have none; what is put in an order cannot be moved with it. The tests of `lu` hold it.
  static let linearAlgebraWithoutGradient = ["DeterminantSign", "PivotOrder", "PermuteRows"]

  /// With a diagonal that is larger than what stands beside it.
  private static func dominant(_ shape: Shape, seed: UInt64 = 1) -> Tensor {
    let n = shape[-1], values = random(shape, from: -1, to: 1, seed: seed).scalars
    return Tensor(
      shape: shape, values.indices.map { $0 / n % n == $0 % n ? values[$0] + 4 + Double($0 % n) : values[$0] })
  }
}
