import ChainRuleCore

/// A primitive of this module as plain data, for those who write graphs in another format.
package enum MathematicalForm {
  case cholesky, triangularSolve(isLower: Bool, isTransposed: Bool), solve(isTransposed: Bool)
  case determinant, cofactors, logDeterminant, determinantSign
  case pivotOrder, permuteRows(isTransposed: Bool), triangularFactors, orthogonalFactors
  case eigh(valuesOnly: Bool), singularValues(valuesOnly: Bool), pseudoInverse, matrixExponential
  case reciprocalGaps, reciprocalSums, reciprocals
  case triangle(isLower: Bool, offset: Int, diagonalWeight: Double)
  case argsort(axis: Int, isDescending: Bool, count: Int?)
  case cumulativeArgmax(axis: Int), quantilePlace(length: Int), truePlaces(count: Int)
  case searchSorted(isLeft: Bool, givesPiece: Bool)
  case linearRecurrence(axis: Int, isReversed: Bool), cumulativeLogSumExp(axis: Int)
  case fourierTransform(isInverse: Bool, isMean: Bool), tridiagonalSolve

  /// - Returns: `nil` for a primitive of elsewhere, or one that has no other form.
  package init?(_ primitive: any Primitive) {
    guard let form = Self.matrix(primitive) ?? Self.order(primitive) else { return nil }
    self = form
  }

  private static func matrix(_ primitive: any Primitive) -> MathematicalForm? {
    switch primitive {
    case is Cholesky: .cholesky
    case let solve as TriangularSolve: .triangularSolve(isLower: solve.isLower, isTransposed: solve.isTransposed)
    case let solve as Solve: .solve(isTransposed: solve.isTransposed)
    case is Determinant: .determinant
    case is Cofactors: .cofactors
    case is LogDeterminant: .logDeterminant
    case is DeterminantSign: .determinantSign
    case is PivotOrder: .pivotOrder
    case let permutation as PermuteRows: .permuteRows(isTransposed: permutation.isTransposed)
    case is TriangularFactors: .triangularFactors
    case is OrthogonalFactors: .orthogonalFactors
    case let spectrum as Eigh: .eigh(valuesOnly: spectrum.part == .values)
    case let spectrum as SingularValues: .singularValues(valuesOnly: spectrum.part == .values)
    case is PseudoInverse: .pseudoInverse
    case is MatrixExponential: .matrixExponential
    case let pairs as PairReciprocals:
      pairs.kind == .single ? .reciprocals : pairs.kind == .sum ? .reciprocalSums : .reciprocalGaps
    case let triangle as Triangle:
      .triangle(isLower: triangle.isLower, offset: triangle.offset, diagonalWeight: triangle.diagonalWeight)
    default: nil
    }
  }

  private static func order(_ primitive: any Primitive) -> MathematicalForm? {
    switch primitive {
    case let order as Argsort: .argsort(axis: order.axis, isDescending: order.isDescending, count: order.count)
    case let order as CumulativeArgmax: .cumulativeArgmax(axis: order.axis)
    case let place as QuantilePlace: .quantilePlace(length: place.length)
    case let places as TruePlaces: .truePlaces(count: places.count)
    case let search as SearchSorted: .searchSorted(isLeft: search.side == .left, givesPiece: search.givesPiece)
    case let recurrence as LinearRecurrence:
      .linearRecurrence(axis: recurrence.axis, isReversed: recurrence.isReversed)
    case let sums as CumulativeLogSumExp: .cumulativeLogSumExp(axis: sums.axis)
    case let fourier as FourierTransform: .fourierTransform(isInverse: fourier.isInverse, isMean: fourier.isMean)
    case is TridiagonalSolve: .tridiagonalSolve
    default: nil
    }
  }
}
