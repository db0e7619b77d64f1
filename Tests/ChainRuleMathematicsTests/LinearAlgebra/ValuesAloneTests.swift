import ChainRule
import Testing

@testable import ChainRuleCore

/// Eigenvalues and singular values without their vectors: the same numbers, and the gradients of the whole.
@Suite struct ValuesAloneTests {
  @Test(arguments: [Graph.Precision.double, .single]) func valuesAreThoseOfTheWhole(precision: Graph.Precision) throws {
    let graph = Graph(precision)
    for shape: Shape in [[1, 1], [7, 7], [3, 5, 5], [33, 33], [0, 0], [2, 0, 0]] {
      let a = graph.constant(sample(shape))
      #expect(try eigenvaluesSymmetric(a).value() == eigh(a).values.value())
    }
    for shape: Shape in [[1, 1], [7, 4], [4, 7], [2, 5, 5], [33, 40], [3, 0], [0, 3]] {
      let a = graph.constant(sample(shape))
      #expect(try singularValues(a).value() == svd(a).s.value())
    }
    for wrong in [Tensor([1, 2]), sample([2, 3])] {
      #expect(eigenvaluesSymmetric(graph.constant(wrong)).error?.origin == "eigh")
    }
    #expect(singularValues(graph.constant([1, 2])).error?.origin == "svd")
    #expect(throws: ChainRuleError.self) { try eigenvaluesSymmetric(graph.constant([[.nan, 1], [1, 2]])).value() }
    #expect(throws: ChainRuleError.self) { try singularValues(graph.constant([[.infinity, 1], [1, 2]])).value() }
  }

  @Test func gradientsAreThoseOfTheWhole() throws {
    let graph = Graph(), a = graph.input("a", sample([4, 4])), b = graph.input("b", sample([2, 3, 5], seed: 4))
    let weights = graph.constant([1, -2, 0.5, 3]), others = graph.constant([1, -2, 0.5])
    for (alone, whole, x) in [
      ((eigenvaluesSymmetric(a) * weights).sum(), (eigh(a).values * weights).sum(), a),
      ((singularValues(b) * others).sum(), (svd(b).s * others).sum(), b),
    ] {
      let first = try [alone, whole].map { try $0.gradients(withRespectTo: [x])[0] }
      #expect(try first[0].value() == first[1].value())
      let second = try first.map { try square($0).sum().gradients(withRespectTo: [x])[0].value() }
      #expect(try (graph.constant(second[0]) - graph.constant(second[1])).value().largest < 1e-12 * second[1].largest)
      #expect(try checkGradients(of: alone, withRespectTo: [x], order: 2).verdict == .agree)
    }
  }

  /// Where values are equal, their sum has a gradient, and what depends on the vectors says why it has none.
  @Test func equalValues() throws {
    let graph = Graph(), a = graph.input("a", [[2, 0], [0, 2]])
    #expect(try eigenvaluesSymmetric(a).sum().gradients(withRespectTo: [a])[0].value() == [[1, 0], [0, 1]])
    #expect(try singularValues(a).sum().gradients(withRespectTo: [a])[0].value() == [[1, 0], [0, 1]])
  }

  /// A program that computes the gradient, too, factors once, and takes the values from there; one that does not, never
  /// makes vectors.
  @Test func programsFactorOnce() throws {
    for make: @Sendable (Node) -> Node in [{ eigenvaluesSymmetric($0) }, { singularValues($0) }] {
      let graph = Graph(), a = graph.input("a", sample([2, 5, 5])), y = square(make(a)).sum()
      let gradient = try y.gradients(withRespectTo: [a])[0]
      let value = try graph.compile(inputs: [a], outputs: [y])
      let both = try graph.compile(inputs: [a], outputs: [y, gradient])
      func names(_ program: Program) -> [String] { program.description.split(separator: "\n").map(String.init) }
      func count(_ program: Program, _ name: String) -> Int { names(program).count { $0.contains(name) } }
      #expect(count(value, "eigh") + count(value, "svd") == 0)
      #expect(count(value, "eigenvalues") + count(value, "singularValues") == 1, "\(value)")
      #expect(count(both, "eigh") + count(both, "svd") == 1, "\(both)")
      #expect(count(both, "eigenvalues") + count(both, "singularValues") == 0, "\(both)")
      let x = sample([2, 5, 5], seed: 8)
      a.assign(x)
      #expect(try both.run([x])[0] == value.run([x])[0])
      #expect(try (graph.constant(both.run([x])[1]) - gradient).value().largest < 1e-13)
    }
  }
}
