import ChainRule
import Foundation
import Testing

@Suite struct ScopeTests {
  @Test func aLoopOfScopesDoesNotGrow() throws {
    let graph = Graph()
    let x = graph.input("x", [0.5, 1])
    for _ in 0..<100 {
      let loss: Double = try graph.scope {
        let loss = sin(x).sum()
        let gradient = try loss.gradients(withRespectTo: [x])[0]
        x.assign(try (x - 0.1 * gradient).value())
        return try loss.scalar()
      }
      #expect(loss.isFinite)
    }
    #expect(graph.nodeCount == 1)
  }

  @Test func anEscapedHandleIsRecognizedAndNeverAnotherNode() throws {
    let graph = Graph()
    let x = graph.input("x", 2)
    var escaped = x
    graph.scope { escaped = x * 100 }
    let successor = x + 1
    #expect(escaped.index == -1)
    let error = #expect(throws: ChainRuleError.self) { try escaped.value() }
    #expect(error?.got == "a node whose scope has ended")
    #expect(throws: ChainRuleError.self) { try (escaped + x).value() }
    #expect(try successor.scalar() == 3)
    #expect(successor.backward()[escaped]?.error?.kind == .handle)
  }

  @Test func nodesThatAScopeReturnsSurviveWithTheirAncestors() throws {
    let graph = Graph()
    let x = graph.input("x", 3)
    let kept = graph.scope { () -> Node in
      _ = exp(x)
      let q = (x + 1).named("q")
      _ = sin(q)
      return q * q
    }
    #expect(graph.nodeCount == 4)
    #expect(try kept.scalar() == 16)
    #expect(try kept.backward()[x]?.scalar() == 8)
    #expect(kept.inputs.first?.label == "q")
    x.assign(0)
    #expect(try kept.scalar() == 1)
  }

  @Test func survivorsKeepTensorsRunsOfInputsAndParameters() throws {
    let graph = Graph()
    let x = graph.input("x", [1, 2])
    let parameter = Parameter([10, 20])
    let kept = graph.scope { () -> [Node] in
      _ = concatenate([x, x, x, x])
      let wide = concatenate([x, exp(x), graph.parameter(parameter)])
      _ = try? wide.value()
      return [wide.sum(), x]
    }
    #expect(kept[1] == x)
    let expected = [1, 2, 10, 20].reduce(0, +) + exp(1.0) + exp(2.0)
    #expect(abs(try kept[0].scalar() - expected) < 1e-12)
    parameter.value = [0, 0]
    #expect(abs(try kept[0].scalar() - (expected - 30)) < 1e-12)
  }

  @Test func scopesNestAndErrorsCloseThem() throws {
    let graph = Graph()
    let x = graph.input("x", 1)
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try graph.scope { () -> Double in
        _ = x + 1
        let inner = graph.scope { x * 5 }
        #expect(try inner.scalar() == 5)
        throw Stop()
      }
    }
    #expect(graph.nodeCount == 1)
    #expect(try (x + 1).scalar() == 2)
  }

  @Test func failedNodesInScopesLeaveNoTrace() throws {
    let graph = Graph()
    let x = graph.input("x", [1, 2])
    let failed = graph.scope { x + graph.input("y", [1, 2, 3]) }
    #expect(failed.error?.origin == "add")
    let other = graph.scope { x.reshaped(to: [7]) }
    #expect(other.error?.origin == "reshape")
    #expect(failed.error?.origin == "add")
  }
}
