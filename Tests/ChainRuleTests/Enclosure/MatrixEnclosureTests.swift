import ChainRule
import Testing

/// Enclosures of linear algebra: closed forms at a point, and sampled matrices out of a box.
@Suite("Enclosures of linear algebra")
struct MatrixEnclosureTests {
  static let a: [[Double]] = [[4, 1, 0.5], [1, 3, -1], [0.5, -1, 5]]

  static let functions: [String] = [
    "inverse(A)", "solve(A, b)", "triangularSolve(A, b)", "determinant(A)", "logDeterminant(A)", "determinantSign(A)",
    "cholesky(A)", "eigenvalues(A)", "singularValues(A)", "qrOrthogonal(A)", "qrTriangular(A)", "pseudoInverse(B)",
    "matrixExponential(0.3 * A)", "lowerTriangle(A)", "norm(A)", "nuclearNorm(A)", "spectralNorm(B)", "A @ B",
    "trace(A)",
    "sort(b)", "variance(b)", "softmax(b)", "logSumExp(b)", "max(b)", "luUpper(A)", "kronecker(A, B)",
  ]

  /// Every value of a matrix out of the box lies inside, and the width shrinks with the box.
  @Test(arguments: functions) func sampledTruthIsInside(text: String) throws {
    var random = RandomNumbers(seed: 11)
    let center: [String: Tensor] = [
      "A": Tensor(shape: [3, 3], Self.a.flatMap { $0 }), "b": Tensor([1, -2, 0.5]),
      "B": Tensor(shape: [3, 2], [1, 2, -1, 0.5, 3, 1]),
    ]
    for radius in [0, 1e-6, 1e-2] {
      // Which pivots are chosen is only decided at a point.
      if radius > 0, text.hasPrefix("lu") { continue }
      let graph = Graph(.double), expression = try Expression(text)
      let inputs = expression.inputs(in: graph, values: expression.inputs.map { ($0, center[$0] ?? Tensor(0)) })
      let node = try expression.record(in: graph, inputs: inputs)
      let box = inputs.map { name, leaf in
        (
          leaf,
          Enclosure(shape: leaf.shape, (center[name]?.scalars ?? []).map { Interval($0 - radius, $0 + radius) })
        )
      }
      let found = try node.enclosure(over: box)
      for _ in 0..<30 {
        for (name, leaf) in inputs {
          leaf.assign((center[name] ?? Tensor(0)).map { $0 + Double.random(in: -1...1, using: &random) * radius })
        }
        for (value, interval) in zip(try node.value().scalars, found.intervals) {
          let slack = 1e-12 * Swift.max(1, value.magnitude)  // the value itself is rounded
          #expect(interval.lower - slack <= value && value <= interval.upper + slack, "\(text): \(value), \(interval)")
          #expect(interval.width <= Swift.max(2e-12, 400 * radius), "\(text) is \(interval.width) wide at \(radius)")
        }
      }
    }
  }

  /// The Hilbert matrix of order 3: det 1/2160, and an inverse of whole numbers.
  @Test func closedForms() throws {
    let graph = Graph(.double)
    let numbers: [Double] = [1, 1 / 2, 1 / 3, 1 / 2, 1 / 3, 1 / 4, 1 / 3, 1 / 4, 1 / 5]
    let h = graph.input("H", Tensor(shape: [3, 3], numbers))
    // Thirds are rounded: the box is as wide as their error.
    let box = Enclosure(shape: [3, 3], try h.value().scalars.map { Interval($0.nextDown, $0.nextUp) })
    let intervals = try inverse(h).enclosure(over: [(h, box)]).intervals
    let whole: [Double] = [9, -36, 30, -36, 192, -180, 30, -180, 180]
    for (interval, truth) in zip(intervals, whole) {
      #expect(interval.contains(truth) && interval.width < 1e-9)
    }
    let product = try determinant(h).enclosure(over: [(h, box)])[0], third = 1.0 / 2160
    #expect(product.contains(third) && product.width < 1e-14)
  }

  @Test func gradientsOfMatrixFunctionsAreEnclosed() throws {
    for text in ["logDeterminant(A)", "b @ solve(A, b)", "trace(inverse(A))", "sum(cholesky(A))", "determinant(A)"] {
      let graph = Graph(.double), expression = try Expression(text)
      let inputs = expression.inputs(
        in: graph, values: [("A", Tensor(shape: [3, 3], Self.a.flatMap { $0 })), ("b", Tensor([1, -2, 0.5]))])
      let a = try #require(inputs["A"])
      let slope = try expression.record(in: graph, inputs: inputs).gradients(withRespectTo: [a])[0]
      for (value, interval) in zip(try slope.value().scalars, try slope.enclosure().intervals) {
        #expect(interval.lower - 1e-13 <= value && value <= interval.upper + 1e-13 && interval.width < 1e-12, "\(text)")
      }
    }
  }

  @Test func whatIsNotProvedIsRefused() throws {
    let graph = Graph(.double)
    let a = graph.input("A", Tensor(shape: [2, 2], [1, 0, 0, 1]))
    for node in [inverse(a), cholesky(a), pseudoInverse(a)] {
      #expect(throws: ChainRuleError.self) { try node.enclosure(over: [a: -1...1]) }
    }
    #expect(try determinant(a).enclosure(over: [a: -1...1])[0] == Interval(-2, 2))
    #expect(try logDeterminant(a).value.enclosure(over: [a: -1...1])[0].regularity == .unknown)
    #expect(try logDeterminant(a).sign.enclosure(over: [a: -1...1])[0] == Interval(-1, 1, .defined))
  }
}
