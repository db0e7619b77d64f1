import Testing

import ChainRule
@testable import ChainRuleChecking
@testable import ChainRuleCore

/// ⟨u, J v⟩ by forward mode equals ⟨Jᵀ u, v⟩ by reverse mode on random graphs over all primitives, with fan-out and
/// broadcasting.
@Suite struct RandomGraphTests {
  @Test func forwardAndReverseAgreeOnHundredsOfGraphs() throws {
    var worst = 0.0, used: Set<String> = []
    for seed in 1...300 {
      let (graph, leaves, output) = Self.graph(seed: UInt64(seed), &used)
      try graph.scope { () throws -> Void in
        let v = leaves.map { PrimitiveSamples.random($0.shape, seed: UInt64(seed) &* 31 &+ 7) }
        let u = PrimitiveSamples.random(output.shape, seed: UInt64(seed) &* 17 &+ 3)
        let pushed = try output.tangent(along: zip(leaves, v).map { ($0, graph.constant($1)) }).value()
        let gradients = output.backward(upstream: graph.constant(u))
        var (left, right, size) = (0.0, 0.0, 0.0)
        for (a, b) in zip(u.scalars, pushed.scalars) { (left, size) = (left + a * b, size + abs(a * b)) }
        for (leaf, direction) in zip(leaves, v) {
          guard let gradient = gradients[leaf] else { continue }
          for (a, b) in zip(try gradient.value().scalars, direction.scalars) {
            (right, size) = (right + a * b, size + abs(a * b))
          }
        }
        let ratio = size == 0 ? 0 : abs(left - right) / size
        worst = Swift.max(worst, ratio)
        #expect(ratio <= 1e-11, "seed \(seed)")
      }
    }
    let missing = PrimitiveTable.elementwise.map(\.name).filter { !used.contains($0) && $0 != "copy" }
    #expect(missing == [], "these elementwise primitives occur in no graph")
    print("random graphs: 300 over \(used.count) primitives, forward and reverse differ by at most \(worst)")
  }

  /// Twenty steps from a pool of nodes that are used again and again.
  private static func graph(seed: UInt64, _ used: inout Set<String>) -> (Graph, [Node], Node) {
    let graph = Graph()
    var random = RandomNumbers(seed: seed)
    let leaves = [Shape.scalar, [3], [3, 3], [3, 1]].enumerated().map {
      graph.input("x\($0)", PrimitiveSamples.random($1, from: 0.2, to: 1.2, seed: seed &* 100 &+ UInt64($0)))
    }
    var pool = leaves
    for _ in 0..<20 {
      let a = pool[Int(random.next() % UInt64(pool.count))], b = pool[Int(random.next() % UInt64(pool.count))]
      let next = steps[Int(random.next() % UInt64(steps.count))](a, b, graph)
      if next.error == nil, next.shape.elementCount > 0 { pool.append(tanh(next)) }
    }
    let tail = pool.suffix(6).map { $0.broadcast(to: Shape([3, 3]).broadcast($0.shape)) }
    let output = tail.reduce(graph.constant([[0.0, 0, 0], [0, 0, 0], [0, 0, 0]])) { $0 + $1 }
    for id in 0..<Int32(graph.nodeCount) where graph.records[Int(id)].kind == .operation {
      used.insert(graph.primitive(of: id).name)
    }
    return (graph, leaves, output)
  }

  /// Every elementwise primitive, and the rest by hand.
  private static let steps =
    (RandomGraph.smooth + RandomGraph.piecewise).map { f -> Step in { a, _, _ in f(a) } } + ofMany + others

  /// The elementwise primitives of two and three operands, inside their domains.
  private static let ofMany: [Step] = PrimitiveTable.elementwise.compactMap { primitive in
    let opcode = type(of: primitive).opcode, domains = primitive.descriptor.domains
    guard opcode.arity > 1, !domains.contains(.condition) else { return nil }
    return { a, b, g in
      g.record(opcode, domains.enumerated().map { RandomGraph.inside($1, $0 % 2 == 0 ? a : b) })
    }
  }

  private typealias Step = @Sendable (Node, Node, Graph) -> Node

  private static let others: [Step] = [
    { a, b, _ in a + b }, { a, b, _ in a * b }, { a, b, _ in a - b }, { a, b, _ in a / (2 + square(b)) },
    { a, b, _ in pow(1 + square(a), b) }, { a, b, _ in maximum(a, b) }, { a, b, _ in minimum(a, 0.5 * b) },
    { a, b, _ in a * equal(a, b) + less(a, b) }, { a, b, g in g.record(MultiplyAdd(), [a, a, a]) - b },
    { a, b, _ in `where`(greater(a, b), a, b) }, { a, _, _ in a.sum(axes: a.shape.rank > 0 ? [0] : nil) },
    { a, _, _ in a.max() }, { a, _, _ in a.min(axes: a.shape.rank > 1 ? [1] : nil) }, { a, _, _ in logSumExp(a) },
    { a, _, _ in a.shape.rank > 0 ? softmax(a) : a }, { a, _, _ in a.shape.rank == 2 ? a.transposed() : a },
    { a, _, _ in a.shape.rank > 0 ? a.flipped() : a }, { a, _, _ in a.shape.rank > 0 ? a.cumulativeSum() : a },
    { a, b, _ in a.shape == [3, 3] && b.shape.rank == 2 ? a.matmul(b) : a * b },
    { a, _, _ in a.shape == [3, 3] ? a[0..<2].padded(before: [0, 0], after: [1, 0]) : a },
    { a, b, _ in a.shape == [3] && b.shape == [3] ? concatenate([a, b])[2..<5] : a },
    { a, _, g in a.shape[0] == 3 ? a.gathered(at: g.constant(Tensor(indices: [2, 0, 2]))) : a },
    { a, _, _ in a.variance() }, { a, _, _ in a.shape.rank > 0 ? a.product() : a }, { a, _, _ in a.norm() },
  ]
}

extension Shape {
  /// The common shape, or this one where there is none.
  fileprivate func broadcast(_ other: Shape) -> Shape { broadcast(with: other) ?? self }
}
