import Foundation
import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// 1,000 scalar parameters and 10,000 scalar nodes are checked within 10 seconds in a release build.
@Suite struct CostTests {
  @Test func aThousandParametersInTenThousandNodes() throws {
    let count = isHeavy ? 1_000 : 60
    let graph = Graph()
    var random = RandomNumbers(seed: 5), nodes: [Node] = [], total: Node?
    for i in 0..<count {
      let w = graph.input("w\(i)", 0.2 + random.uniform())
      nodes.append(w)
      let a = sin(w) * w + exp(-1 * w)
      let term = tanh(a) * sigmoid(w)
      total = total.map { $0 + term } ?? term
    }
    let output = try #require(total)
    let start = ContinuousClock.now
    let report = try checkGradients(of: output, withRespectTo: nodes)
    let seconds =
      Double((ContinuousClock.now - start).components.seconds)
      + Double((ContinuousClock.now - start).components.attoseconds) * 1e-18
    print(
      "cost: \(count) parameters, \(graph.nodeCount) nodes, \(report.coverage.evaluations) evaluations, \(seconds) s")
    #expect(report.verdict == .agree)
    #if !DEBUG
      #expect(seconds < 10)
    #endif
  }
}
