import ChainRule
import Foundation
import Testing

/// Long chains: linear time, no recursion, a small stack. The full sizes run with CHAINRULE_HEAVY=1.
@Suite struct BigGraphTests {
  /// Runs on a thread whose stack has 512 KB.
  private func onASmallStack(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let thread = Thread { continuation.resume(with: Result { try body() }) }
      thread.stackSize = 512 * 1024
      thread.start()
    }
  }

  @Test func aChainOfAMillionNodesIsDifferentiated() async throws {
    let length = isHeavy ? 500_000 : 20_000
    try await onASmallStack {
      let graph = Graph()
      let x = graph.input("x", 0.5)
      var h = x
      for _ in 0..<length { h = h * x + 1 }
      #expect(graph.nodeCount == 3 * length + 1)
      // h → 1/(1 − x) and dh/dx → 1/(1 − x)², the geometric series.
      let (value, slope) = (try h.scalar(), try h.gradients(withRespectTo: [x])[0].scalar())
      #expect(abs(value - 2) < 1e-12 && abs(slope - 4) < 1e-12)
    }
  }

  @Test func aChainOfAHundredThousandNodesIsDifferentiatedTwice() async throws {
    let length = isHeavy ? 100_000 : 2_000
    try await onASmallStack {
      let graph = Graph()
      let x = graph.input("x", 0.5)
      var h = x
      for _ in 0..<length { h = h * x + 1 }
      let first = try h.gradients(withRespectTo: [x])[0]
      let second = try first.gradients(withRespectTo: [x])[0]
      let product = try h.hessianVectorProduct(withRespectTo: [x], along: [1])[0]
      let (reverse, mixed) = (try second.scalar(), try product.scalar())
      #expect(abs(reverse - 16) < 1e-10 && abs(mixed - 16) < 1e-10)  // 2/(1 − x)³
    }
  }

  @Test func manyConsumersOfOneNodeAreSummed() throws {
    let graph = Graph()
    let x = graph.input("x", 2)
    var total = x
    for _ in 1..<5_000 { total = total + x }
    #expect(try total.gradients(withRespectTo: [x])[0].scalar() == 5_000)
  }
}
