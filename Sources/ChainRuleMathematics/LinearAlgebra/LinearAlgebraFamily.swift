import ChainRuleCore

/// The primitives of matrices, for formulas, documents and tests; nothing that computes reads this list.
package enum LinearAlgebraFamily {
  package static let primitives: [any DescribedPrimitive.Type] = [
    Cholesky.self, TriangularSolve.self, Solve.self, Determinant.self, Cofactors.self, LogDeterminant.self,
    DeterminantSign.self, PivotOrder.self, PermuteRows.self, TriangularFactors.self, OrthogonalFactors.self, Eigh.self,
    SingularValues.self, PairReciprocals.self, PseudoInverse.self, MatrixExponential.self, Triangle.self,
  ]

  /// What formulas read: the descriptors of those that they can call, by the name that they call them.
  package static let called: [String: PrimitiveDescriptor] = Dictionary(
    primitives.compactMap { type in type.descriptor.call.map { ($0, type.descriptor) } },
    uniquingKeysWith: { first, _ in first })
}
