import ChainRule
import Foundation
import Testing

@Suite struct LeafTests {
  @Test func aParameterIsOneLeafPerGraphAndItsNewValueIsSeen() throws {
    let weight = Parameter([1, 2], name: "weight")
    let graph = Graph(), single = Graph(.single)
    let w = graph.parameter(weight)
    #expect(graph.parameter(weight) == w)
    let sum = w.sum(), other = single.parameter(weight).sum()
    #expect(try sum.scalar() == 3 && other.scalar() == 3)
    weight.value = [10, 20]
    #expect(try sum.scalar() == 30 && other.scalar() == 30)
    #expect(weight.version == 1)
    #expect(try sum.backward()[w]?.value() == [1, 1])
  }

  @Test func assigningTheLeafWritesTheParameter() throws {
    let weight = Parameter(3)
    let graph = Graph()
    let w = graph.parameter(weight)
    w.assign(5)
    #expect(try weight.value.scalar() == 5)
    #expect(try (w * 2).scalar() == 10)
  }

  @Test func aParameterKeepsItsShape() {
    let weight = Parameter([1, 2], name: "weight")
    let graph = Graph()
    let w = graph.parameter(weight)
    weight.value = [1, 2, 3]
    let error = #expect(throws: ChainRuleError.self) { try w.value() }
    #expect(error?.origin == "Parameter weight")
    weight.value = [5, 6]
    #expect(throws: Never.self) { try w.value() }
  }

  @Test func stateIsRenewedByUpdatesTogether() throws {
    let graph = Graph()
    let a = graph.input("a", 1), b = graph.input("b", 2)
    try graph.update(a, to: b)
    try graph.update(b, to: a + b)
    for _ in 0..<5 { try graph.applyUpdates() }
    #expect(try a.scalar() == 13 && b.scalar() == 21)  // Fibonacci needs both read before either is written
    #expect(throws: ChainRuleError.self) { try graph.update(a + b, to: a) }
    #expect(throws: ChainRuleError.self) { try graph.update(a, to: graph.constant([1, 2])) }
  }

  @Test func parametersThatAreNotTrainedGetNoGradient() throws {
    let graph = Graph()
    let mean = graph.parameter(Parameter([1, 2], isTrainable: false))
    let x = graph.input("x", [3, 4])
    let f = (x * mean).sum()
    #expect(f.backward()[mean] == nil)
    #expect(try f.backward()[x]?.value() == [1, 2])
  }

  @Test func randomNumbersDependOnSeedAndCounterAlone() throws {
    func numbers(_ seed: UInt64, _ count: Double) throws -> [Double] {
      let graph = Graph()
      return try graph.randomUniform(shape: [1000], seed: seed, counter: graph.input("n", Tensor(count))).value()
        .scalars
    }
    let first = try numbers(1, 0)
    #expect(try numbers(1, 0) == first)
    #expect(try numbers(1, 1) != first && numbers(2, 0) != first)
    #expect(first.allSatisfy { (0..<1).contains($0) })
    let mean: Double = first.reduce(0, +) / 1000
    #expect(abs(mean - 0.5) < 0.03)
    let normal = try Graph().randomNormal(shape: [10_000], seed: 3).value().scalars
    let normalMean: Double = normal.reduce(0, +) / 10_000
    let variance: Double = normal.reduce(0) { $0 + $1 * $1 } / 10_000
    #expect(abs(normalMean) < 0.03)
    #expect(abs(variance - 1) < 0.05)
  }
}
