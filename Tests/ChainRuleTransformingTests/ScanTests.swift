import ChainRule
import Testing

/// Loops against the same steps recorded one after the other.
@Suite struct ScanTests {
  static let sizes = [0, 1, 2, 7]

  /// A small recurrent net: h ← tanh(W h + x·v), and what it gives out.
  private func step(_ w: Node, _ v: Node) -> (_ carried: [Node], _ x: Node) -> ([Node], [Node]) {
    { carried, x in
      let h = tanh(w.matmul(carried[0]) + x * v)
      return ([h], [h.sum() * x, h])
    }
  }

  private struct Net {
    let graph = Graph(), w: Node, v: Node, h: Node, xs: Node
    init(_ steps: Int) {
      w = graph.input("W", [[0.5, -0.3], [0.2, 0.7]])
      v = graph.input("v", [1.5, -0.4])
      h = graph.input("h", [0.1, -0.2])
      xs = graph.input("xs", Tensor((0..<steps).map { 0.3 * Double($0) - 0.5 }))
    }
    var leaves: [Node] { [w, v, h, xs] }
  }

  private func unrolled(_ net: Net, reversed: Bool = false) -> Node {
    var carried = [net.h], total = net.graph.constant(0)
    let order = Array(0..<net.xs.shape[0])
    for t in reversed ? order.reversed() : order {
      let (next, outputs) = step(net.w, net.v)(carried, net.xs[t])
      carried = next
      total = total + outputs[0] * Double(t + 1) + (outputs[1] * outputs[1]).sum()
    }
    return total + (carried[0] * net.v).sum()
  }

  private func scanned(_ net: Net, reversed: Bool = false, levels: Int = 1) throws -> Node {
    let (last, outputs) = try scan(over: net.xs, from: [net.h], reversed: reversed, levels: levels, step(net.w, net.v))
    let weights = net.graph.constant(Tensor((0..<net.xs.shape[0]).map { Double($0 + 1) }))
    return (outputs[0] * weights).sum() + (outputs[1] * outputs[1]).sum() + (last[0] * net.v).sum()
  }

  @Test(arguments: sizes, [false, true]) func equalsTheUnrolledSteps(steps: Int, reversed: Bool) throws {
    for levels in [1, 2, 3] {
      let net = Net(steps)
      let f = try scanned(net, reversed: reversed, levels: levels), g = unrolled(net, reversed: reversed)
      try expectClose(f, g)
      let leaves = steps == 0 ? [net.v, net.h] : net.leaves
      let a = try f.gradients(withRespectTo: leaves), b = try g.gradients(withRespectTo: leaves)
      for (x, y) in zip(a, b) { try expectClose(x, y) }
      // Second order: the gradient of a combination of gradients.
      if steps > 0 {
        let s = try (a[1] * a[1]).sum().gradients(withRespectTo: [net.w, net.h])
        let t = try (b[1] * b[1]).sum().gradients(withRespectTo: [net.w, net.h])
        for (x, y) in zip(s, t) { try expectClose(x, y, 1e-11) }
      }
      let directions: [(Node, Node)] = [(net.v, net.h), (net.h, net.v)]
      try expectClose(f.tangent(along: directions), g.tangent(along: directions))
    }
  }

  @Test func programsComputeTheSame() throws {
    for precision in [Graph.Precision.double, .single] {
      let graph = Graph(precision)
      let w = graph.input("W", [[0.5, -0.3], [0.2, 0.7]]), h = graph.input("h", [0.1, -0.2])
      let xs = graph.input("xs", Tensor((0..<9).map { 0.3 * Double($0) - 0.5 }))
      let last = try scan(over: xs, from: [h]) { carried, x in ([tanh(w.matmul(carried[0]) + x)], []) }.last[0]
      let f = (last * last).sum(), gradients = try f.gradients(withRespectTo: [w, h, xs])
      let program = try graph.compile(inputs: [w, h, xs], outputs: [f] + gradients)
      let found = try program.run([try w.value(), try h.value(), try xs.value()])
      for (tensor, node) in zip(found, [f] + gradients) {
        for (x, y) in zip(tensor.scalars, try node.value().scalars) {
          #expect(abs(x - y) <= (precision == .double ? 1e-14 : 1e-6))
        }
      }
    }
  }

  @Test func gradientsAreChecked() throws {
    let net = Net(5)
    let report = try checkGradients(of: try scanned(net), withRespectTo: net.leaves)
    #expect(report.verdict == .agree, "\(report)")
    let second = try checkGradients(of: try scanned(net), withRespectTo: [net.v, net.h], order: 2)
    #expect(second.verdict == .agree, "\(second)")
  }

  @Test func aLoopWithinALoop() throws {
    let graph = Graph(), a = graph.input("a", 0.7), x = graph.input("x", 1.3)
    let f = try scan(count: 3, from: [x]) { outer, i in
      let inner = try scan(count: 4, from: outer) { carried, j in ([sin(carried[0] * a) + i * 0.1 + j * 0.01], []) }
      return (inner.last, [])
    }.last[0]
    var y = x
    for i in 0..<3 { for j in 0..<4 { y = sin(y * a) + Double(i) * 0.1 + Double(j) * 0.01 } }
    try expectClose(f, y)
    let (p, q) = (try f.gradients(withRespectTo: [a, x]), try y.gradients(withRespectTo: [a, x]))
    for (s, t) in zip(p, q) { try expectClose(s, t) }
    let (r, u) = (try p[0].gradients(withRespectTo: [a]), try q[0].gradients(withRespectTo: [a]))
    try expectClose(r[0], u[0])
    let (v, w) = (try r[0].gradients(withRespectTo: [x]), try u[0].gradients(withRespectTo: [x]))
    try expectClose(v[0], w[0], 1e-10)
  }

  @Test func aMillionSteps() throws {
    // x ← x + (1 − x)/n: after n steps the distance from 1 is (1 − 1/n)ⁿ of what it was.
    let graph = Graph(), x = graph.input("x", 0), n = 1_000_000
    let f = try scan(count: n, from: [x]) { carried, _ in ([carried[0] + (1 - carried[0]) / Double(n)], []) }.last[0]
    let gradient = try f.gradients(withRespectTo: [x])[0]
    let program = try graph.compile(inputs: [x], outputs: [f, gradient])
    let found = try program.run([0])
    #expect(abs(try found[0].scalar() - (1 - 0.36787925723165)) < 1e-9)
    #expect(abs(try found[1].scalar() - 0.36787925723165) < 1e-9)
    #expect(graph.nodeCount < 60)
  }

  /// Products wide enough to be kept for the gradient, and summed after the loop; also with weights that the body
  /// transposes, and that are given to it transposed.
  @Test(arguments: [false, true], [false, true]) func wideProducts(reversed: Bool, transposed: Bool) throws {
    let graph = Graph(), n = 10, steps = 4
    func wave(_ shape: Shape, _ phase: Double) -> Tensor {
      Tensor(shape: shape, (0..<shape.elementCount).map { 0.3 * (Double($0 * 7 % 11) / 11 - 0.5) + phase })
    }
    let w = graph.input("W", wave([n, n], 0.02)), b = graph.input("b", wave([n], 0.1))
    let h = graph.input("h", wave([3, n], -0.1)), xs = graph.input("xs", wave([steps, 3, n], 0.05))
    func step(_ h: Node, _ x: Node) -> Node {
      let v = transposed ? w.transposed() : w
      return tanh(h.matmul(v) + x.matmul(w) * 0.5 + b)
    }
    let (last, outputs) = try scan(over: xs, from: [h], reversed: reversed) { carried, x in
      let next = step(carried[0], x)
      return ([next], [square(next).sum()])
    }
    let f = last[0].sum() + outputs[0].sum()
    var state = h, g = graph.constant(0)
    for t in reversed ? (0..<steps).reversed() : Array(0..<steps) {
      state = step(state, xs[t])
      g = g + square(state).sum()
    }
    g = g + state.sum()
    try expectClose(f, g)
    let leaves = [w, b, h, xs]
    let (p, q) = (try f.gradients(withRespectTo: leaves), try g.gradients(withRespectTo: leaves))
    for (x, y) in zip(p, q) { try expectClose(x, y) }
    let (r, s) = (
      try square(p[0]).sum().gradients(withRespectTo: leaves), try square(q[0]).sum().gradients(withRespectTo: leaves)
    )
    for (x, y) in zip(r, s) { try expectClose(x, y, 1e-11) }
    let directions: [(Node, Node)] = [(w, w), (h, b.broadcast(to: [3, n]))]
    try expectClose(f.tangent(along: directions), g.tangent(along: directions))
    try expectClose(p[0].tangent(along: directions), q[0].tangent(along: directions), 1e-11)
    let (u, v) = (try f.series(along: [(w, w)], order: 3), try g.series(along: [(w, w)], order: 3))
    for (x, y) in zip(u, v) { try expectClose(x, y) }
    try expectClose(f.unrolled(), g)
    try expectClose(p[0].unrolled(), q[0])
    let program = try graph.compile(inputs: leaves, outputs: p)
    let values = try leaves.map { try $0.value() }
    for (x, y) in zip(try program.run(values), q) { try expectClose(graph.constant(x), y) }
    program.threads = 2
    let ofTwo = try program.run(values)
    program.threads = 1
    #expect(try program.run(values) == ofTwo)
    let many = try vectorized { h in
      try scan(over: xs, from: [h]) { carried, x in ([step(carried[0], x)], []) }.last[0]
    }(stack([h, h * 2]))
    let one = try scan(over: xs, from: [h * 2]) { carried, x in ([step(carried[0], x)], []) }.last[0]
    try expectClose(many[1], one)
    try expectClose(
      many.sum().gradients(withRespectTo: [w])[0],
      (one.sum() + many[0].sum()).gradients(withRespectTo: [w])[0], 1e-11)
  }

  /// Tangents are pushed through what leads to the output, not through what else the graph holds.
  @Test func tangentsOfEqualCost() throws {
    let graph = Graph(), x = graph.input("x", 0.5)
    var counts: [Int] = []
    for _ in 0..<6 {
      let before = graph.nodeCount
      _ = try exp(sin(x)).tangent(along: [(x, 1)])
      counts.append(graph.nodeCount - before)
    }
    #expect(Set(counts).count == 1)
  }

  /// A batch of no matrices is nothing to multiply, in a loop or in a program.
  @Test func emptyBatchesOfMatrices() throws {
    let graph = Graph(), a = graph.input("a", shape: [0, 3, 3]), b = graph.input("b", shape: [0, 3, 3])
    let y = a.matmul(b), gradients = try sin(y).sum().gradients(withRespectTo: [a, b])
    let program = try graph.compile(inputs: [a, b], outputs: [y] + gradients)
    let empty = Tensor(shape: [0, 3, 3], [])
    for _ in 0..<200 { #expect(try program.run([empty, empty]).allSatisfy(\.isEmpty)) }
  }

  /// Stretches of a loop need the rows of one stretch at a time.
  @Test func levelsSaveMemory() throws {
    func bytes(_ levels: Int) throws -> Int {
      let graph = Graph(), x = graph.input("x", Tensor(shape: [50], repeating: 0.5))
      let last = try scan(count: 100_000, from: [x], levels: levels) { carried, _ in ([sin(carried[0])], []) }.last[0]
      let gradient = try last.sum().gradients(withRespectTo: [x])[0]
      return try graph.compile(inputs: [x], outputs: [gradient]).arenaByteCount
    }
    #expect(try bytes(2) * 100 < bytes(1))
    #expect(try bytes(3) * 3 < bytes(2))
    #expect(try bytes(.max) * 3 < bytes(3))
  }

  /// A primitive may be read off a node; it computes on what it was recorded for, and on nothing else.
  @Test func primitivesOfOtherNodesAreRefused() throws {
    let graph = Graph(), x = graph.input("x", [1, 2]), wide = graph.input("wide", [1, 2, 3]), a = graph.input("a", 3)
    func parts(_ node: Node) -> [Node] { node.primitive == nil ? [] : [node] + node.inputs.flatMap(parts) }
    let functions = [
      try scan(over: x, from: [a]) { carried, row in ([carried[0] * row], []) }.last[0],
      try whileLoop(from: [x], bound: 9, while: { 9 - $0[0].sum() }, { [2 * $0[0]] })[0],
      try condition(a .> 0, then: { sin(x) }, else: { x }), try checkpointed([x]) { sin($0[0]) },
      withGradient(of: [x], value: { $0[0] * a }, pullback: { u, _, _ in [u * a] }),
      try solveLinear(x) { 2 * $0 }, try fixedPoint(from: x) { cos($0) + 0 * Double($1.count) },
    ]
    let own = ["scan", "whileLoop", "condition", "checkpointed", "withGradient", "solve", "fixedPoint"]
    for (node, name) in zip(functions, own) {
      let primitive = try #require(parts(node).first { $0.primitive?.name == name }?.primitive)
      for inputs in [[wide], [x, x, x, x, x, x], [a, wide]] {
        #expect(graph.record(primitive, inputs).error?.origin == name)
        let values = try inputs.map { try $0.value() }
        #expect(!message { _ = try primitive.forward(values) }.isEmpty)
      }
    }
  }

  @Test func mistakesAreNamed() throws {
    let graph = Graph(), h = graph.input("h", [0.1, -0.2]), xs = graph.input("xs", [1, 2, 3])
    let other = Graph().input("z", 1)
    #expect(
      message { _ = try scan(over: xs, from: [h]) { carried, x in ([carried[0].sum()], []) } }
        .contains("to carry on what was carried in: [2], got []"))
    #expect(message { _ = try scan(over: xs, from: [h]) { carried, _ in ([], []) } }.contains("got nothing"))
    #expect(
      message { _ = try scan(over: xs, from: [h]) { carried, _ in ([carried[0] * other], []) } }
        .contains("a node of another graph"))
    #expect(
      message { _ = try scan(over: [xs, h], from: [h]) { carried, _ in (carried, []) } }
        .contains("sequences of one length"))
    #expect(
      message { _ = try scan(over: xs, from: [h]) { carried, _ in ([carried[0] + graph.input("new", [1, 2])], []) } }
        .contains("new, recorded within the body"))
    #expect(
      message {
        _ = try scan(over: xs, from: [h]) { carried, _ in ([carried[0] + graph.randomUniform(shape: [2], seed: 1)], [])
        }
      }.contains("random numbers with a counter"))
    #expect(
      message { _ = try scan(over: xs, from: [h]) { carried, _ in ([carried[0] + graph.constant([1, 2, 3])], []) } }
        .contains("shapes that broadcast"))
    #expect(graph.nodeCount < 12)
  }
}
