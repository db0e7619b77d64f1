import ChainRule
import Testing

/// What grows with the graph grows as the graph does.
@Suite struct SizeOfExplanations {
  /// n consumers of one number; a chain of n steps; one sum of n numbers.
  static let families: [@Sendable (Graph, Int) -> Node] = [
    { graph, n in
      let x = graph.input("x", 0.5)
      return stack((0..<n).map { tanh(x * Double($0)) }, axis: 0).sum()
    },
    { graph, n in
      let x = graph.input("x", 0.5)
      return (0..<n).reduce(x) { sin($0 + Double($1)) }
    },
    { graph, n in concatenate((0..<n).map { graph.input("input\($0)", [Double($0)]) }, axis: 0).sum() },
    { graph, n in
      let x = graph.input("x", 0.5)
      return (0..<n).reduce(x) { $0 + x * Double($1) }
    },
  ]

  @Test(arguments: families.indices) func theTextGrowsWithTheGraph(family: Int) throws {
    func size(_ n: Int) throws -> Int { try Self.families[family](Graph(), n).explain().text().utf8.count }
    let (short, long) = (try size(200), try size(800))
    #expect(long < 5 * short, "\(short) and \(long) bytes")
  }
}
