import ChainRule
import Testing

/// Residuals at the level of LAPACK's tests: a few units of rounding for each row.
@Suite struct FactorizationTests {
  static let sizes = [1, 2, 3, 5, 16, 17, 31, 33, 48, 65]

  /// How many n·ε of the input's largest element two nodes may differ by.
  private func residual(_ a: Node, _ b: Node, of size: Double, rows: Int) throws -> Double {
    let epsilon = a.graph.precision == .single ? Double(Float.ulpOfOne) : Double.ulpOfOne
    return try distance(a, b) / (size * Double(rows) * epsilon)
  }

  private func identity(_ n: Int, in graph: Graph) -> Node {
    graph.constant(Tensor([Double](repeating: 1, count: n))).diagonalMatrix()
  }

  @Test(arguments: sizes, [Graph.Precision.double, .single])
  func symmetricMatrices(n: Int, precision: Graph.Precision) throws {
    let graph = Graph(precision), a = graph.input("a", dominant([n, n], seed: 3)), size = try a.value().largest
    let symmetric = 0.5 * (a + a.transposed())
    let l = cholesky(a)
    #expect(try residual(l.matmul(l.transposed()), symmetric, of: size, rows: n) <= 1)
    #expect(try distance(l.upperTriangle(offset: 1), 0 * l) == 0)
    #expect(try l.diagonal().value().scalars.allSatisfy { $0 > 0 })
    let s = graph.input("s", sample([n, n], seed: 5)), (values, vectors) = eigh(s)
    let part = 0.5 * (s + s.transposed())
    #expect(try residual(part.matmul(vectors), vectors * values.reshaped(to: [1, n]), of: 1, rows: n) <= 2)
    #expect(try residual(vectors.transposed().matmul(vectors), identity(n, in: graph), of: 1, rows: n) <= 2)
    let ascending = try values.value().scalars
    #expect(zip(ascending, ascending.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test(arguments: sizes, [Graph.Precision.double, .single])
  func generalMatrices(n: Int, precision: Graph.Precision) throws {
    let graph = Graph(precision), one = identity(n, in: graph)
    for (rows, columns) in [(n, n), (2 * n + 1, n), (n, n + 3)] {
      let a = graph.input("a\(rows)×\(columns)", sample([rows, columns], seed: 7)), k = Swift.min(rows, columns)
      let (p, l, u) = lu(a), product = p.matmul(l).matmul(u)
      #expect(try residual(product, a, of: 1, rows: rows) <= 2)
      #expect(try l.value().largest == 1 && p.sum(axes: [0]).value().scalars.allSatisfy { $0 == 1 })
      let (q, r) = qr(a)
      #expect(try residual(q.matmul(r), a, of: 1, rows: rows) <= 2)
      #expect(try residual(q.transposed().matmul(q), identity(k, in: graph), of: 1, rows: rows) <= 2)
      #expect(try r.diagonal().value().scalars.allSatisfy { $0 >= 0 })
      #expect(try distance(r.lowerTriangle(offset: -1), 0 * r) == 0)
      let (left, s, right) = svd(a)
      let rebuilt = (left * s.reshaped(to: [1, k])).matmul(right.transposed())
      #expect(try residual(rebuilt, a, of: 1, rows: rows) <= 3)
      #expect(try residual(left.transposed().matmul(left), identity(k, in: graph), of: 1, rows: rows) <= 3)
      #expect(try residual(right.transposed().matmul(right), identity(k, in: graph), of: 1, rows: rows) <= 3)
      let descending = try s.value().scalars
      #expect(zip(descending, descending.dropFirst()).allSatisfy { $0 >= $1 } && descending.allSatisfy { $0 >= 0 })
    }
    let a = graph.input("a", dominant([n, n], seed: 9)), b = graph.input("b", sample([n, 2], seed: 11))
    #expect(try residual(a.matmul(solve(a, b)), b, of: 1, rows: n) <= 2)
    #expect(try residual(a.matmul(inverse(a)), one, of: 1, rows: n) <= 2)
    for (lower, transposed) in [(true, false), (true, true), (false, false), (false, true)] {
      let t = lower ? a.lowerTriangle() : a.upperTriangle()
      let x = triangularSolve(a, b, lower: lower, transposed: transposed)
      #expect(try residual((transposed ? t.transposed() : t).matmul(x), b, of: 1, rows: n) <= 1)
    }
  }

  /// Known spectra: repeated values, zeros, 20 orders of magnitude, and sizes whose squares overflow.
  @Test func spectraThatAreKnown() throws {
    let graph = Graph(), n = 24
    let q = qr(graph.constant(sample([n, n], seed: 13))).q
    let spectra: [[Double]] = [
      Array(repeating: 1, count: n), (0..<n).map { $0 < 20 ? 0 : 1 }, (0..<n).map { Tensor.power(10, $0 - 12) },
      (0..<n).map { Double($0 / 8) }, Array(repeating: 0, count: n), (0..<n).map { 1e180 * Double($0 + 1) },
      (0..<n).map { 1e-200 * Double($0 + 1) }, (0..<n).map { $0.isMultiple(of: 2) ? -1 : 1 },
    ]
    for spectrum in spectra {
      let sorted = spectrum.sorted(), size = sorted.map(\.magnitude).max() ?? 0
      let a = (q * graph.constant(Tensor(spectrum)).reshaped(to: [1, n])).matmul(q.transposed())
      let (values, vectors) = eigh(a)
      #expect(zip(try values.value().scalars, sorted).allSatisfy { ($0 - $1).magnitude <= 60 * 2.3e-16 * size })
      #expect(try residual(vectors.transposed().matmul(vectors), identity(n, in: graph), of: 1, rows: n) <= 3)
      let (u, s, v) = svd(a), descending = spectrum.map(\.magnitude).sorted(by: >)
      #expect(zip(try s.value().scalars, descending).allSatisfy { ($0 - $1).magnitude <= 60 * 2.3e-16 * size })
      for side in [u, v] {
        #expect(try residual(side.transposed().matmul(side), identity(n, in: graph), of: 1, rows: n) <= 3)
      }
    }
  }

  @Test func emptyMatricesAndBatches() throws {
    let graph = Graph(), none = graph.constant(Tensor(shape: [0, 3, 3], [])),
      empty = graph.constant(Tensor(shape: [0, 0], []))
    for batch in [
      cholesky(none), inverse(none), lu(none).u, qr(none).q, eigh(none).vectors, svd(none).u, pseudoInverse(none),
    ] {
      #expect(try batch.value().shape == [0, 3, 3])
    }
    #expect(try determinant(none).value().shape == [0])
    #expect(try determinant(empty).scalar() == 1)
    #expect(try logDeterminant(empty).value.scalar() == 0 && logDeterminant(empty).sign.scalar() == 1)
    for matrix in [cholesky(empty), inverse(empty), lu(empty).l, qr(empty).r, eigh(empty).vectors, svd(empty).v] {
      #expect(try matrix.value().shape == [0, 0])
    }
    #expect(try empty.trace().scalar() == 0)
    #expect(try eigh(empty).values.value().shape == [0])
  }
}

extension Tensor {
  /// A power of a whole exponent, without a library.
  static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent.magnitude).reduce(1) { product, _ in exponent < 0 ? product / base : product * base }
  }
}
