import ChainRule
import Testing

/// Sparse Jacobians and Hessians against dense ones and closed forms.
@Suite struct SparseTests {
  private func expectEqual(_ sparse: SparseJacobian, _ dense: Node) throws {
    let (a, b) = (try sparse.dense().scalars, try dense.value().scalars)
    #expect(a.count == b.count)
    for (x, y) in zip(a, b) { #expect(abs(x - y) <= 1e-12 * max(1, abs(y))) }
    let kept = Set(zip(sparse.rows, sparse.columns).map { $0 * sparse.shape[1] + $1 })
    for (place, value) in b.enumerated() where value != 0 { #expect(kept.contains(place)) }
  }

  @Test func bandsTakeAsManyPassesAsTheyAreWide() throws {
    // Fisher's equation on a line: u″ + u(1 − u).
    let graph = Graph(), n = 40
    let u = graph.input("u", Tensor((0..<n).map { 0.02 * Double($0) }))
    let inner = u[0..<n - 2] - 2 * u[1..<n - 1] + u[2..<n] + u[1..<n - 1] * (1 - u[1..<n - 1])
    let f = concatenate([u[0..<1], inner, u[n - 1..<n]])
    let j = try f.jacobian(withRespectTo: u, structure: .detected)
    #expect(j.passes == 3)
    #expect(j.rows.count == 3 * (n - 2) + 2)
    try expectEqual(j, try f.jacobian(withRespectTo: u))
    // ∂f₅/∂u₅ = −2 + 1 − 2u₅
    let middle = j.rows.indices.first { j.rows[$0] == 5 && j.columns[$0] == 5 }
    expectClose(try j.values.value().scalars[middle ?? 0], -1 - 2 * 0.1)
    // The values are nodes: ∂/∂u of their sum.
    #expect(try j.values.sum().gradients(withRespectTo: [u])[0].value().scalars[5] == -2)
  }

  @Test func aBigBandedSystem() throws {
    let graph = Graph(), n = 10_000
    let u = graph.input("u", Tensor(shape: [n], repeating: 0.5))
    let f = square(u[1..<n]) * u[0..<n - 1]
    let j = try f.jacobian(withRespectTo: u, structure: .detected)
    #expect(j.passes == 2)
    #expect(try j.values.value().scalars.prefix(2) == [0.25, 0.5])
  }

  @Test func rowsWhereTheyAreFewer() throws {
    // One row that is full, all others diagonal: rows need two passes, columns n.
    let graph = Graph(), x = graph.input("x", Tensor((0..<12).map { 0.1 * Double($0 + 1) }))
    let f = concatenate([square(x), x.sum().reshaped(to: [1])])
    let j = try f.jacobian(withRespectTo: x, structure: .detected)
    #expect(j.passes == 2)
    try expectEqual(j, try f.jacobian(withRespectTo: x))
  }

  @Test func arrowsTakeTwoPasses() throws {
    let graph = Graph(), n = 30, x = graph.input("x", Tensor((0..<n).map { 0.1 * Double($0) - 1 }))
    let f = (x[0] * sin(x)).sum() + pow(x, 3).sum()
    let h = try f.hessian(withRespectTo: x, structure: .detected)
    #expect(h.passes == 2)
    #expect(h.rows.count == 3 * n - 2)
    try expectEqual(h, try f.hessian(withRespectTo: [x])[0][0])
  }

  @Test func anyStructure() throws {
    let graph = Graph(), x = graph.input("x", [[0.3, -0.7, 0.2], [0.9, 0.4, -0.1], [0.5, 1, 0.8]])
    let w = graph.constant([[1, 0, 0], [0, 0, 2], [0, 3, 0]])
    let functions: [Node] = [
      w.matmul(x), x.matmul(x.transposed()), softmax(x, axis: 0), x.cumulativeSum(axis: 1), x.max(axes: [0]),
      logSumExp(x, axes: [1]), x.transposed()[1..., 0..<2] * 2,
      x.padded(before: [1, 0], after: [0, 1]).tiled([2, 1]),
      x.gathered(at: graph.constant(Tensor(indices: [2, 0])), axis: 1), x * x[0] + x.stoppingGradient(),
      convolution2d(x.reshaped(to: [1, 1, 3, 3]), weight: graph.constant(Tensor(shape: [1, 1, 2, 2], [1, 2, 3, 4]))),
      x.gatheredAlong(axis: 0, at: x.argmax(axis: 0).reshaped(to: [1, 3])), x.variance(axes: [1]) * x[0..., 0],
    ]
    for f in functions {
      let dense = try f.jacobian(withRespectTo: x).reshaped(to: [f.shape.elementCount, 9])
      try expectEqual(try f.jacobian(withRespectTo: x, structure: .detected), dense)
    }
    #expect(try functions[0].jacobian(withRespectTo: x, structure: .detected).rows.count == 9)
    let scalars: [Node] = [
      (x[0] * x[1]).sum() + square(x[2]).sum(), (x.matmul(x) * x).sum(), exp(x[0, 0] * x[1, 1]) + sin(x).sum(),
      square(x[0..., 0..<2] - x[0..., 1..<3]).sum() * 0.5 + pow(x, 4).sum(),
    ]
    for f in scalars {
      let dense = try f.hessian(withRespectTo: [x])[0][0].reshaped(to: [9, 9])
      try expectEqual(try f.hessian(withRespectTo: x, structure: .detected), dense)
    }
  }

  /// The structure holds for other places than the present ones.
  @Test func placesMayChange() throws {
    let graph = Graph(), v = graph.input("v", [1, 2, 3]), i = graph.input("i", Tensor(indices: [0, 1, 2]))
    let f = square(v.gathered(at: i)), j = try f.jacobian(withRespectTo: v, structure: .detected)
    i.assign(Tensor(indices: [2, 1, 0]))
    #expect(try j.dense().scalars == [0, 0, 6, 0, 4, 0, 2, 0, 0])
    let independent = try square(graph.input("u", 2)).hessian(withRespectTo: v, structure: .detected)
    #expect(independent.rows.isEmpty)
  }

  @Test func givenStructuresAndMistakes() throws {
    let graph = Graph(), x = graph.input("x", [1, 2, 3]), f = square(x)
    let j = try f.jacobian(withRespectTo: x, structure: .given(rows: [0, 1, 2], columns: [0, 1, 2]))
    #expect(try j.values.value().scalars == [2, 4, 6])
    #expect(j.passes == 1)
    #expect(
      message { _ = try f.jacobian(withRespectTo: x, structure: .given(rows: [3], columns: [0])) }
        .contains("a column below 3 for each row below 3"))
    #expect(message { _ = try f.hessian(withRespectTo: x, structure: .detected) }.contains("a single number"))
    let none = try graph.constant([1, 2]).jacobian(withRespectTo: x, structure: .detected)
    #expect(none.rows.isEmpty && none.passes == 0)
  }

  /// Through loops step by step, choices, blocks that are computed again and gradients of one's own.
  @Test func functionsAreSeenThrough() throws {
    let graph = Graph(), n = 8, x = graph.input("x", Tensor((0..<n).map { 0.2 * Double($0) - 0.7 }))
    func neighbours(_ u: Node) -> Node { u.padded(before: [1], after: [0])[0..<n] }
    let start = graph.constant(Tensor(shape: [n], repeating: 0)), w = graph.input("w", 0.5)
    let diffused = try scan(count: 3, from: [x]) { carried, step in
      ([sin(carried[0]) + w * neighbours(carried[0])], [])
    }.last[0]
    let byRow = try scan(over: x, from: [graph.constant(0)]) { _, row in ([row], [square(row)]) }
    let previous = try scan(over: x, from: [graph.constant(0)]) { carried, row in ([row], [carried[0] * row]) }
    let later = try scan(over: x, from: [graph.constant(1)], reversed: true, levels: 2) { carried, row in
      ([carried[0] * exp(row)], [carried[0]])
    }
    let samples: [(Node, Int)] = [
      (diffused, 4 * n - 6), (byRow.outputs[0], n), (previous.outputs[0], 2 * n - 1), (byRow.last[0], 1),
      (later.outputs[0], n * (n - 1) / 2),
      (
        try whileLoop(from: [x, start], bound: 9, while: { 3 - $0[0].norm() }, { [1.3 * $0[0], $0[0] * $0[1] + 1] })[1],
        n
      ),
      (try condition(w .> 0, then: { square(x) }, else: { neighbours(x) }), 2 * n - 1),
      (try checkpointed([x]) { $0[0] * neighbours($0[0]) }, 2 * n - 1),
      (straightThrough(x) { round($0 * 4) / 4 }, n),
      (withGradient(of: [x], value: { cos($0[0]) }, pullback: { u, x, _ in [u * x[0]] }), n),
      (x.scalingGradient(by: 2) * neighbours(x), 2 * n - 1),
    ]
    for (f, count) in samples {
      let j = try f.jacobian(withRespectTo: x, structure: .detected)
      #expect(j.rows.count == count)
      let dense = try f.jacobian(withRespectTo: x).reshaped(to: [f.shape.elementCount, n])
      try expectEqual(j, dense)
    }
    // Gradients are loops, too: Hessians of sums over them.
    let scalars = [square(diffused).sum(), previous.outputs[0].sum(), exp(byRow.outputs[0]).sum()]
    for (f, passes) in zip(scalars, [n, 3, 1]) {
      let h = try f.hessian(withRespectTo: x, structure: .detected)
      #expect(h.passes <= passes)
      try expectEqual(h, try f.hessian(withRespectTo: [x])[0][0])
    }
    // An index that is looked up within a body.
    let places = graph.input("places", Tensor(indices: [1, 0, 2]))
    let looked = try scan(over: places, from: [x]) { carried, place in
      ([carried[0]], [square(carried[0][0..<3].gathered(at: place))])
    }.outputs[0]
    try expectEqual(try looked.jacobian(withRespectTo: x, structure: .detected), try looked.jacobian(withRespectTo: x))
  }
}
