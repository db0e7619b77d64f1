import ChainRule
import Testing

/// What is composed of matrices, against NumPy and SciPy by hand and by the functions that it is made of.
@Suite struct RelativeTests {
  static let trials: [Trial] = [
    Trial("solve by a Cholesky factor", [dominant([3, 3]), sample([3, 2], seed: 2)]) {
      choleskySolve(cholesky($0[0]), $0[1])
    },
    Trial("condition number", [dominant([3, 3])]) { conditionNumber($0[0]) },
    Trial("cross", [sample([2, 3]), sample([2, 3], seed: 2)]) { cross($0[0], $0[1]) },
    Trial("block diagonal", [sample([2, 3]), sample([3, 1], seed: 2)]) { blockDiagonal([$0[0], $0[1] * $0[1]]) },
    Trial("squared distances", [sample([2, 3, 2]), sample([2, 4, 2], seed: 2)]) { squaredDistances($0[0], $0[1]) },
    Trial("toeplitz", [sample([3]), sample([4], seed: 2)]) { square(toeplitz($0[0], $0[1])) },
    Trial("trapezoid", [sample([2, 4]), sample([4], seed: 2)]) { trapezoid($0[0], $0[1]) },
    Trial("symmetric part", [sample([2, 3, 3])]) { square($0[0].symmetricPart()) },
    Trial("covariance", [sample([2, 4, 3])]) { $0[0].covariance() },
    Trial("split", [sample([2, 6])]) { $0[0].split(into: 3)[1] * $0[0].split(into: 2, axis: 0)[0].sum() },
  ]

  @Test(arguments: trials.filter { !["block diagonal", "toeplitz", "split"].contains($0.name) })
  func agrees(trial: Trial) throws { try trial.agrees() }

  /// Those that are of single matrices, or read their first axis.
  @Test(arguments: trials.filter { ["block diagonal", "toeplitz", "split"].contains($0.name) })
  func gradientsAgree(trial: Trial) throws {
    let graph = Graph(), nodes = trial.inputs.enumerated().map { graph.input("x\($0)", $1) }
    #expect(
      try checkGradients(of: square(trial.function(nodes)).sum(), withRespectTo: nodes, order: 2).verdict == .agree)
  }

  @Test func valuesAreThoseOfTheirDefinitions() throws {
    let graph = Graph(), a = graph.constant(dominant([3, 3])), b = graph.constant(sample([3, 2], seed: 2))
    let definite = a.symmetricPart()
    #expect(try distance(choleskySolve(cholesky(definite), b), solve(definite, b)) < 1e-15)
    #expect(try conditionNumber(graph.constant([[1, 0], [0, 0]])).scalar() == .infinity)
    #expect(try graph.identity(2).value() == [[1, 0], [0, 1]])
    #expect(try graph.linspace(from: 1, to: 3, count: 5).value().scalars == [1, 1.5, 2, 2.5, 3])
    #expect(try graph.linspace(from: 1, to: 3, count: 1).value().scalars == [1])
    #expect(try a.split(into: 3, axis: 0)[2].value().scalars == Array(a.value().scalars[6...]))
    #expect(try toeplitz(graph.constant([1, 2]), graph.constant([9])).value() == [[1], [2]])
  }

  @Test func mistakesStayInTheNode() {
    let graph = Graph(), m = graph.constant(sample([2, 3])), v = graph.constant([1, 2])
    let broken = [
      conditionNumber(v), cross(v, v), blockDiagonal([m, v]), squaredDistances(m, v),
      squaredDistances(m, m.transposed()),
      toeplitz(m, v), trapezoid(m, v), m.symmetricPart(), v.covariance(), m.split(into: 2)[1], m.split(into: 0)[0],
      m.split(into: 3, axis: 4)[0], graph.identity(-1), graph.linspace(from: 0, to: 1, count: 0), choleskySolve(m, v),
      blockDiagonal([]),
    ]
    for node in broken { #expect(node.error != nil) }
    #expect(m.split(into: 2).count == 2)
  }
}
