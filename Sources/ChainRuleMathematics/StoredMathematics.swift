import ChainRuleCore

/// The primitives of this room that a file can hold.
package let storedMathematics: [any StoredPrimitive.Type] = [
  Determinant.self, Cofactors.self, LogDeterminant.self, DeterminantSign.self, Eigh.self, Cholesky.self,
  PairReciprocals.self, PseudoInverse.self, MatrixExponential.self, OrthogonalFactors.self, TriangularSolve.self,
  Triangle.self, PivotOrder.self, PermuteRows.self, TriangularFactors.self, SingularValues.self, Solve.self,
  CumulativeLogSumExp.self, CumulativeArgmax.self, LinearRecurrence.self, QuantilePlace.self, SearchSorted.self,
  TruePlaces.self, RandomLogGamma.self, LogGammaSlope.self, RandomPoisson.self, FourierTransform.self,
  TridiagonalSolve.self, Argsort.self,
]

// MARK: Made with nothing

extension Determinant: PlainStoredPrimitive {}
extension Cofactors: PlainStoredPrimitive {}
extension LogDeterminant: PlainStoredPrimitive {}
extension DeterminantSign: PlainStoredPrimitive {}
extension Cholesky: PlainStoredPrimitive {}
extension PseudoInverse: PlainStoredPrimitive {}
extension MatrixExponential: PlainStoredPrimitive {}
extension OrthogonalFactors: PlainStoredPrimitive {}
extension PivotOrder: PlainStoredPrimitive {}
extension TriangularFactors: PlainStoredPrimitive {}
extension RandomLogGamma: PlainStoredPrimitive {}
extension RandomPoisson: PlainStoredPrimitive {}
extension TridiagonalSolve: PlainStoredPrimitive {}

// MARK: Matrices

extension Eigh: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(part == .all) }
  package init(from attributes: inout AttributeReader) throws {
    self.init(part: try attributes.bool() ? .all : .values)
  }
}

extension SingularValues: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(part == .all) }
  package init(from attributes: inout AttributeReader) throws {
    self.init(part: try attributes.bool() ? .all : .values)
  }
}

extension PairReciprocals: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(kind == .difference ? 0 : kind == .sum ? 1 : 2)
    attributes.write(noun)
  }
  package init(from attributes: inout AttributeReader) throws {
    let kinds: [Kind] = [.difference, .sum, .single]
    self.init(kind: kinds[try attributes.int(below: 3)], noun: try attributes.text())
  }
}

extension TriangularSolve: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(isLower)
    attributes.write(isTransposed)
  }
  package init(from attributes: inout AttributeReader) throws {
    self.init(isLower: try attributes.bool(), isTransposed: try attributes.bool())
  }
}

extension Triangle: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(isLower)
    attributes.write(offset)
    attributes.write(diagonalWeight)
  }
  package init(from attributes: inout AttributeReader) throws {
    self.init(
      isLower: try attributes.bool(), offset: try attributes.int(), diagonalWeight: try attributes.double())
    try require(offset > -1 << 31 && offset < 1 << 31, "a diagonal of a matrix")
  }
}

extension PermuteRows: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(isTransposed) }
  package init(from attributes: inout AttributeReader) throws { self.init(isTransposed: try attributes.bool()) }
}

extension Solve: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(isTransposed)
    attributes.write(isCautious)
  }
  package init(from attributes: inout AttributeReader) throws {
    self.init(isTransposed: try attributes.bool(), isCautious: try attributes.bool())
  }
}

// MARK: Order

extension CumulativeLogSumExp: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(axis) }
  package init(from attributes: inout AttributeReader) throws { self.init(axis: try attributes.int()) }
  package func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}

extension CumulativeArgmax: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(axis) }
  package init(from attributes: inout AttributeReader) throws { self.init(axis: try attributes.int()) }
  package func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}

extension LinearRecurrence: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(axis)
    attributes.write(isReversed)
  }
  package init(from attributes: inout AttributeReader) throws {
    self.init(axis: try attributes.int(), isReversed: try attributes.bool())
  }
  package func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}

extension Argsort: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(axis)
    attributes.write(isDescending)
    attributes.write(count ?? -1)
  }
  package init(from attributes: inout AttributeReader) throws {
    let (axis, isDescending, count) = (try attributes.int(), try attributes.bool(), try attributes.int())
    self.init(axis: axis, isDescending: isDescending, count: count < 0 ? nil : count)
  }
  package func check(_ inputs: [Shape]) throws {
    try requireAxes([axis], of: inputs[0])
    try require(count.map { $0 <= inputs[0][axis] } ?? true, "at most \(inputs[0][axis]) positions")
  }
}

extension QuantilePlace: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(length) }
  package init(from attributes: inout AttributeReader) throws {
    self.init(length: try attributes.int(below: 1 << 31))
  }
}

extension SearchSorted: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(side == .left)
    attributes.write(givesPiece)
    attributes.write(isSmooth)
  }
  package init(from attributes: inout AttributeReader) throws {
    self.init(
      side: try attributes.bool() ? .left : .right, givesPiece: try attributes.bool(),
      isSmooth: try attributes.bool())
  }
}

extension TruePlaces: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) { attributes.write(count) }
  package init(from attributes: inout AttributeReader) throws {
    self.init(count: try attributes.int(below: 1 << 31))
  }
}

// MARK: Others

extension LogGammaSlope: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(kind == .slope ? 0 : kind == .byConcentration ? 1 : 2)
  }
  package init(from attributes: inout AttributeReader) throws {
    let kinds: [Kind] = [.slope, .byConcentration, .byLogarithm]
    self.init(kind: kinds[try attributes.int(below: 3)])
  }
  package func check(_ inputs: [Shape]) throws {
    try require(inputs.allSatisfy { $0 == inputs[0] }, "inputs of one shape")
  }
}

extension FourierTransform: StoredPrimitive {
  package func write(to attributes: inout AttributeWriter) {
    attributes.write(isInverse)
    attributes.write(isMean)
  }
  package init(from attributes: inout AttributeReader) throws {
    self.init(isInverse: try attributes.bool(), isMean: try attributes.bool())
  }
}
