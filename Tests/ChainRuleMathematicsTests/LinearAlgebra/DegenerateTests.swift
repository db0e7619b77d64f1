import ChainRule
import Testing

/// What has no answer is a sentence that names the place, and what has one gives it.
@Suite struct DegenerateTests {
  private let graph = Graph()

  private func message(_ body: () throws -> Tensor) -> String {
    do { return "no error but \(try body())" } catch { return "\(error)" }
  }

  @Test func whatIsNotPositiveDefinite() throws {
    let matrices: [[[Double]]] = [
      [[1, 2], [2, 1]], [[1, 1], [1, 1]], [[4, 0], [0, .nan]], [[1, 0], [0, .infinity]],
    ]
    for matrix in matrices {
      #expect(message { try cholesky(graph.constant(Tensor(matrix))).value() }.contains("pivot 1,"))
    }
    #expect(message { try cholesky(graph.constant([[-1, 0], [0, 1]])).value() }.contains("pivot 0,"))
    #expect(try cholesky(graph.constant([[4, 9], [-9, 1]])).value() == [[2, 0], [0, 1]])
  }

  @Test func singularMatrices() throws {
    let a = graph.input("a", [[1, 2], [2, 4]]), b = graph.constant([1, 1])
    for x in [solve(a, b), inverse(a), matrixPower(a, -1), triangularSolve(graph.constant([[1, 0], [1, 0]]), b)] {
      #expect(message { try x.value() }.contains("pivot 1,"))
    }
    let (sign, value) = logDeterminant(a)
    #expect(try sign.scalar() == 0 && value.scalar() == -.infinity)
    let slope = try value.gradients(withRespectTo: [a])[0]
    #expect(message { try slope.value() }.contains("pivot 1,"))
  }

  /// The cofactors: of rank n − 1 they are one product of two vectors, below they vanish.
  @Test func gradientsOfDeterminantsOfSingularMatrices() throws {
    let rank3 = graph.input("a", [[1, 2, 0, 1], [0, 1, 1, 0], [1, 3, 1, 1], [2, 0, 1, 1]])
    let f = determinant(rank3)
    #expect(try f.scalar().magnitude < 1e-15)
    // By minors, by hand; the row 2 is the sum of the rows 0 and 1.
    let c = try f.gradients(withRespectTo: [rank3])[0].value()
    for (column, minor) in [-3.0, -1, 1, 5].enumerated() {
      for (row, factor) in [1.0, 1, -1, 0].enumerated() { #expect((c[row, column] - factor * minor).magnitude < 1e-14) }
    }
    let report = try checkGradients(of: f, withRespectTo: [rank3])
    #expect(report.verdict != .disagree, "\(report)")
    let rank1 = graph.input("b", Tensor(shape: [4, 4], repeating: 1))
    #expect(try determinant(rank1).gradients(withRespectTo: [rank1])[0].value().largest < 1e-14)
    let second = try f.gradients(withRespectTo: [rank3])[0].sum().gradients(withRespectTo: [rank3])[0]
    #expect(message { try second.value() }.contains("pivot"))
    let small = graph.input("c", [[1, 2], [2, 4]])
    #expect(try checkGradients(of: determinant(small), withRespectTo: [small], order: 2).verdict == .agree)
  }

  @Test func repeatedEigenvalues() throws {
    let a = graph.input("a", [[2, 0, 0], [0, 2, 0], [0, 0, 5]]), (values, vectors) = eigh(a)
    // Functions of the values that treat equal ones alike are smooth: the gradient of Σ λ³ is 3A².
    let cubes = (values * values * values).sum()
    #expect(try cubes.gradients(withRespectTo: [a])[0].value() == [[12, 0, 0], [0, 12, 0], [0, 0, 75]])
    let tangent = try values.tangent(along: [(a, graph.constant([[1, 0, 0], [0, 3, 0], [0, 0, 1]]))])
    #expect(try tangent.value().scalars.sorted() == [1, 1, 3])
    let report = try checkGradients(of: cubes, withRespectTo: [a])
    #expect(report.verdict == .agree, "\(report)")
    let slope = try vectors[0, 0].gradients(withRespectTo: [a])[0]
    #expect(message { try slope.value() }.contains("eigenvalues 0 and 1, counted from 0, are equal"))
  }

  @Test func repeatedSingularValues() throws {
    let a = graph.input("a", [[3, 0], [0, -3], [0, 0]]), (u, s, v) = svd(a)
    #expect(try s.value() == [3, 3])
    #expect(try square(s).sum().gradients(withRespectTo: [a])[0].value() == [[6, 0], [0, -6], [0, 0]])
    for side in [u, v] {
      let slope = try side[0, 0].gradients(withRespectTo: [a])[0]
      #expect(message { try slope.value() }.contains("singular values 0 and 1"))
    }
    let flat = graph.input("b", [[1, 2], [2, 4], [3, 6]])
    let slope = try svd(flat).u[0, 0].gradients(withRespectTo: [flat])[0]
    #expect(message { try slope.value() }.contains("singular value 1, counted from 0, is 0"))
  }

  @Test func deficientRank() throws {
    let a = graph.input("a", [[1, 2], [2, 4], [3, 6]])
    let (q, r) = qr(a)
    #expect(try r[1, 1].scalar().magnitude < 4e-15 && distance(q.matmul(r), a) < 4e-15)
    // A⁺ = Aᵀ/70, and along a direction that keeps the rank, as a scaling, −A⁺.
    let inverse = pseudoInverse(a)
    #expect(try distance(inverse, a.transposed() / 70) < 1e-16)
    #expect(try distance(inverse.tangent(along: [(a, a)]), -inverse) < 1e-15)
    let report = try checkGradients(of: inverse.sum(), withRespectTo: [a])
    #expect(report.verdict != .disagree, "\(report)")
    let x = leastSquares(a, graph.constant([1, 1, 1]))
    #expect(try distance(x, graph.constant([6.0 / 70, 12.0 / 70])) < 1e-15)
  }

  @Test func numbersThatAreNone() throws {
    let bad = graph.constant([[1, .nan], [2, 3]])
    for node in [eigh(bad).values, svd(bad).s, pseudoInverse(bad), matrixExponential(bad)] {
      #expect(message { try node.value() }.contains("finite elements"))
    }
  }

  /// Choices of signs and pivots make no false alarms.
  @Test func choices() throws {
    // Ties: components of one magnitude, and columns in which pivots are equal.
    let a = graph.input("a", [[2, -1, 0], [-1, 2, -1], [0, -1, 2]])
    for f in [
      eigh(a).vectors.sum(), square(eigh(a).vectors).sum(axes: [0])[1], svd(a).u.sum(), svd(a).v.sum(), qr(a).q.sum(),
    ] {
      let report = try checkGradients(of: f, withRespectTo: [a], order: 2)
      #expect(report.verdict != .disagree, "\(report)")
    }
    let tie = graph.input("b", [[1, 2], [-1, 3]])
    let report = try checkGradients(of: lu(tie).l.sum(), withRespectTo: [tie])
    #expect(report.verdict != .disagree, "\(report)")
  }
}

/// Shapes that do not fit are sentences that stay in the node.
@Suite struct LinearAlgebraShapeTests {
  @Test func wrongShapes() {
    let graph = Graph(), vector = graph.input("v", [1, 2]),
      wide = graph.input("w", Tensor(shape: [2, 3], repeating: 1))
    let square = graph.input("s", [[1, 0], [0, 1]]), number = graph.input("x", 2)
    for f: (Node) -> Node in [
      cholesky, inverse, determinant, eigenvaluesSymmetric, matrixExponential, { logDeterminant($0).value },
      { logDeterminant($0).sign }, { matrixPower($0, 2) }, { solve($0, vector) }, { triangularSolve($0, vector) },
    ] {
      for bad in [number, vector, wide] { #expect(f(bad).error?.required.contains("square matrix") == true) }
    }
    for f: (Node) -> Node in [
      { qr($0).q }, { svd($0).s }, { lu($0).u }, pseudoInverse, singularValues, { $0.diagonal() }, { $0.trace() },
      { $0.lowerTriangle() }, { kronecker($0, square) }, { $0.norm(order: .nuclear) }, { leastSquares($0, vector) },
    ] {
      for bad in [number, vector] { #expect(f(bad).error?.required.contains("matrix") == true) }
    }
    #expect(number.diagonalMatrix().error?.required.contains("vector") == true)
    #expect(solve(square, graph.input("b", [1, 2, 3])).error?.required.contains("2 elements") == true)
    #expect(leastSquares(square, wide.transposed()).error?.required.contains("2 elements") == true)
    let batches = graph.input("c", Tensor(shape: [3, 2, 2], repeating: 1))
    #expect(
      solve(batches, graph.input("d", Tensor(shape: [4, 2, 1], repeating: 1))).error?.required.contains("broadcast")
        == true)
    let broken = cholesky(vector)
    #expect(eigh(broken).vectors.error == broken.error && solve(square, broken).error == broken.error)
  }

  @Test func wrongFormulasOfEinsum() {
    let graph = Graph(), a = graph.input("a", Tensor(shape: [2, 3], repeating: 1))
    for (formula, part) in [
      ("ij,jk", "2 operands"), ("ijk", "letter for each"), ("i1", "letters"), ("ij->ii", "once"), ("ij->k", "once"),
      ("ii", "one length"), ("ij->i->j", "operands"), ("....ij", "at most once"), ("", "letter for each"),
    ] {
      let node = einsum(formula, a)
      #expect(node.error != nil, "\(formula)")
      if part == "2 operands" { #expect(node.error?.required.contains("1 operands") == true) }
    }
    #expect(einsum("ij", []).error?.required == "at least one operand")
    #expect(einsum("ij,jk", a, a).error?.got == "3 and 2")
  }
}
