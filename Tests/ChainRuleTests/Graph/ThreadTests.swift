import ChainRule
import Foundation
import Testing

@Suite struct ThreadTests {
  /// Misuse that the compiler refuses unless it is forced, as here.
  @Test func recordingByTwoThreadsAtOnceIsReportedAndNeverCorrupts() async {
    nonisolated(unsafe) let graph = Graph()
    nonisolated(unsafe) let x = graph.input("x", 1)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<20_000 {
            let node = x + x
            if node.index < 0 { #expect(throws: ChainRuleError.self) { try node.value() } }
          }
        }
      }
    }
    #expect(graph.nodeCount <= 40_001)
    #expect(throws: Never.self) { try (x * 3).scalar() }
  }

  @Test func tensorsErrorsAndParametersCrossThreads() async throws {
    let parameter = Parameter([1, 2, 3])
    let sums = try await withThrowingTaskGroup(of: Double.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let graph = Graph()
          return try (graph.parameter(parameter) * 2).sum().scalar()
        }
      }
      return try await group.reduce(into: [Double]()) { $0.append($1) }
    }
    #expect(sums == [12, 12, 12, 12])
  }
}
