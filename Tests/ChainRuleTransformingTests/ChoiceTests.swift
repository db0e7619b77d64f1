import ChainRule
import Testing

/// While loops, choices, blocks that are computed again, and gradients of one's own.
@Suite struct ChoiceTests {
  @Test(arguments: [2.0, 3.7, 1e6]) func newtonsSquareRoot(a: Double) throws {
    let graph = Graph(), x = graph.input("a", a), start = graph.input("start", 1)
    let root = try whileLoop(
      from: [start], bound: 100, while: { abs($0[0] * $0[0] - x) .> 1e-13 * x }, { [0.5 * ($0[0] + x / $0[0])] })[0]
    expectClose(try root.scalar(), a.squareRoot(), 1e-13)
    let gradients = try root.gradients(withRespectTo: [x])
    expectClose(try gradients[0].scalar(), 0.5 / a.squareRoot(), 1e-10)
    let second = try gradients[0].gradients(withRespectTo: [x])[0]
    expectClose(try second.scalar() * a * a.squareRoot(), -0.25, 1e-6)
    let tangent = try root.tangent(along: [(x, 1)])
    expectClose(try tangent.scalar(), try gradients[0].scalar(), 1e-13)
    let program = try graph.compile(inputs: [x, start], outputs: [root] + gradients)
    let found = try program.run([Tensor(a * 1.44), 1])
    expectClose(try found[0].scalar(), 1.2 * a.squareRoot(), 1e-13)
  }

  @Test func doublingToALimit() throws {
    let graph = Graph(), a = graph.input("a", 0.3)
    let r = try whileLoop(from: [a], bound: 1_000, while: { $0[0] .< 10 }, { [$0[0] * 2] })
    #expect(try r[0].scalar() == 0.3 * 64)
    #expect(try r[0].backward()[a]?.scalar() == 64)
    a.assign(20)  // no step at all
    #expect(try r[0].scalar() == 20)
    #expect(try r[0].backward()[a]?.scalar() == 1)
    a.assign(0)  // for ever
    #expect(message { _ = try r[0].value() }.contains("a loop that ends within 1000 steps"))
    #expect(
      message { _ = try whileLoop(from: [graph.constant([1, 2])], bound: 3, while: { $0[0] }, { $0 }) }
        .contains("a condition of one number"))
  }

  @Test(arguments: [0.7, -0.7]) func conditionsComputeOneSide(value: Double) throws {
    let graph = Graph(), x = graph.input("x", value), w = graph.input("w", 3)
    let y = try condition(x .> 0, then: { log(x) * w }, else: { sqrt(-x) })
    let gradients = try y.gradients(withRespectTo: [x, w])
    if value > 0 {
      expectClose(try y.scalar(), 3 * -0.35667494393873245)
      expectClose(try gradients[0].scalar(), 3 / value)
      expectClose(try gradients[1].scalar(), -0.35667494393873245)
    } else {
      expectClose(try y.scalar(), 0.8366600265340756)
      expectClose(try gradients[0].scalar(), -0.5 / 0.8366600265340756)
      #expect(try gradients[1].scalar() == 0)
    }
    let second = try gradients[0].gradients(withRespectTo: [x])[0]
    expectClose(try second.scalar(), value > 0 ? -3 / 0.49 : -0.25 / (0.7 * 0.8366600265340756))
    let report = try checkGradients(of: y, withRespectTo: [x, w], order: 2)
    #expect(report.verdict == .agree, "\(report)")
    let program = try graph.compile(inputs: [x, w], outputs: [y] + gradients)
    #expect(try program.run([Tensor(value), 3])[0].scalar() == y.scalar())
  }

  @Test func choosingAmongSeveral() throws {
    let graph = Graph(), x = graph.input("x", [0.5, 2]), index = graph.input("i", Tensor(indices: [1], shape: []))
    let y = try choose(index, among: [{ sin(x) }, { x * x }, { x.sum().broadcast(to: [2]) }])
    #expect(try y.value().scalars == [0.25, 4])
    #expect(try y.sum().backward()[x]?.value().scalars == [1, 4])
    index.assign(Tensor(indices: [2], shape: []))
    #expect(try y.sum().backward()[x]?.value().scalars == [2, 2])
    index.assign(Tensor(indices: [3], shape: []))
    #expect(message { _ = try y.value() }.contains("a number from 0 to 2"))
    #expect(message { _ = try choose(index, among: [{ x }, { x.sum() }]) }.contains("results like those of the first"))
    #expect(message { _ = try condition(x, then: { x }, else: { x }) }.contains("one number to choose by"))
  }

  @Test func blocksAreComputedAgain() throws {
    let graph = Graph(), x = graph.input("x", [0.3, -0.8, 1.1]), w = graph.input("w", 1.7)
    func block(_ x: Node) -> Node { tanh(sin(x * w) * x) * x }
    let y = try checkpointed([x]) { block($0[0]) }, z = block(x)
    try expectClose(y, z)
    for (a, b) in zip(try y.sum().gradients(withRespectTo: [x, w]), try z.sum().gradients(withRespectTo: [x, w])) {
      try expectClose(a, b)
      try expectClose(try a.sum().gradients(withRespectTo: [x])[0], try b.sum().gradients(withRespectTo: [x])[0])
    }
    try expectClose(y.tangent(along: [(x, x), (w, w)]), z.tangent(along: [(x, x), (w, w)]))
  }

  /// A chain of blocks needs less memory than the chain itself.
  @Test func blocksSaveMemory() throws {
    func bytes(_ isSaving: Bool) throws -> Int {
      let graph = Graph(), x = graph.input("x", Tensor(shape: [10_000], repeating: 0.5))
      var y = x
      for _ in 0..<6 {
        func block(_ x: Node) -> Node { (0..<8).reduce(x) { y, _ in sin(y.sum() * 1e-4 + y) } }
        y = isSaving ? try checkpointed([y]) { block($0[0]) } : block(y)
      }
      let gradient = try y.sum().gradients(withRespectTo: [x])[0]
      return try graph.compile(inputs: [x], outputs: [gradient]).arenaByteCount
    }
    #expect(try bytes(true) * 3 < bytes(false))
  }
}

/// What a loop looks like from outside: single steps, kinks, reasons, several outputs.
@Suite struct LookingInsideTests {
  @Test func loopsAreWrittenOut() throws {
    let graph = Graph(), w = graph.input("w", 0.5), h = graph.input("h", 1), xs = graph.input("xs", [1, 2, 3])
    let (last, outputs) = try scan(over: xs, from: [h]) { carried, x in
      let next = tanh(w * carried[0] + x)
      return ([next], [next * x])
    }
    let f = last[0] + outputs[0].sum(), g = try f.unrolled()
    try expectClose(f, g)
    for (a, b) in zip(try f.gradients(withRespectTo: [w, h, xs]), try g.gradients(withRespectTo: [w, h, xs])) {
      try expectClose(a, b)
    }
    let text = try last[0].unrolled().explain().text()
    #expect(text.split(separator: "tanh").count > 3)
    #expect(!text.contains("scan"))
    #expect(message { _ = try f.unrolled(limit: 2) }.contains("loops of at most 2 steps, got scan of 3"))
    let root = try whileLoop(from: [w], bound: 50, while: { 4 - $0[0] }, { [$0[0] * 2] })[0]
    #expect(try root.unrolled().scalar() == 4)
    let y = try condition(w .> 0, then: { try checkpointed([h]) { sin($0[0]) } * w }, else: { w })
    try expectClose(try y.unrolled(), sin(h) * w)
    // Backward loops are written out, too.
    let slope = try f.gradients(withRespectTo: [w])[0]
    try expectClose(try slope.unrolled(), slope)
  }

  @Test func kinksAreSeenWithin() throws {
    let graph = Graph(), x = graph.input("x", 0), xs = graph.constant([1, 2])
    let f = try scan(over: xs, from: [x]) { carried, row in ([relu(carried[0]) * row], []) }.last[0]
    let report = try checkGradients(of: f, withRespectTo: [x])
    #expect(report.entries[0].kink != nil, "\(report)")
    let g = try condition(x .> 0, then: { 2 * x }, else: { x })
    #expect(try checkGradients(of: g, withRespectTo: [x]).entries[0].kink != nil)
  }

  @Test func reasonsAreSeenThroughLoops() throws {
    let graph = Graph(), x = graph.input("x", 1), w = graph.input("w", 2), xs = graph.constant([1, 2])
    let f = try scan(over: xs, from: [x]) { carried, row in ([carried[0] * w.stoppingGradient() + row], []) }.last[0]
    #expect(f.backward()[w] == nil)
    #expect(f.backward().whyNone(w)?.contains("stoppingGradient() cuts the path") == true)
    let g = try scan(over: xs, from: [x]) { carried, row in ([carried[0] * row + 0 * floor(w)], []) }.last[0]
    #expect(try g.backward()[w]?.scalar() ?? 0 == 0)
  }

  struct Polar: SeveralOutputsPrimitive {
    let name = "polar"
    func shapes(of inputs: [Shape]) throws -> [Shape] { [inputs[0], inputs[0]] }
    func forward(_ inputs: [Tensor]) throws -> [Tensor] {
      let pairs = zip(inputs[0].scalars, inputs[1].scalars).map { ($0, $1) }
      let radius = pairs.map { ($0 * $0 + $1 * $1).squareRoot() }
      // 2·arctan(y/(r + x)), by its tangent's half angle; only for the test's right half-plane.
      let angle = zip(pairs, radius).map { 2 * PolarAngle.arctan($0.1 / ($1 + $0.0)) }
      return [Tensor(shape: inputs[0].shape, radius), Tensor(shape: inputs[0].shape, angle)]
    }
    func pullback(_ upstreams: [Node?], of outputs: [Node], inputs: [Node]) throws -> [Node?] {
      let (x, y, r) = (inputs[0], inputs[1], outputs[0]), zero = r * 0
      let (u, v) = (upstreams[0] ?? zero, upstreams[1] ?? zero)
      return [u * x / r - v * y / square(r), u * y / r + v * x / square(r)]
    }
    func pushforward(_ tangents: [Node?], of outputs: [Node], inputs: [Node]) throws -> [Node?] {
      let (x, y, r) = (inputs[0], inputs[1], outputs[0]), zero = r * 0
      let (u, v) = (tangents[0] ?? zero, tangents[1] ?? zero)
      return [(u * x + v * y) / r, (v * x - u * y) / square(r)]
    }
  }

  enum PolarAngle {
    static func arctan(_ t: Double) -> Double {
      let graph = Graph()
      return (try? atan(graph.constant(t)).scalar()) ?? .nan
    }
  }

  @Test func severalOutputsOfOnePrimitive() throws {
    let graph = Graph(), x = graph.input("x", [3, 1]), y = graph.input("y", [4, 1])
    let polar = try graph.record(Polar(), [x, y])
    #expect(try polar[0].value().scalars == [5, 2.0.squareRoot()])
    expectClose(try polar[1].value().scalars[1], Double.pi / 4)
    let f = (polar[0] * polar[1]).sum()
    let report = try checkGradients(of: f, withRespectTo: [x, y], order: 2)
    #expect(report.verdict == .agree, "\(report)")
    // One output alone.
    let g = try polar[1].sum().gradients(withRespectTo: [x])[0]
    try expectClose(g, -y / (x * x + y * y))
    let program = try graph.compile(inputs: [x, y], outputs: [f, g])
    #expect(try program.run([Tensor([3, 1]), Tensor([4, 1])])[0].scalar() == f.scalar())
    try expectClose(
      vectorized { x, y in try graph.record(Polar(), [x, y])[0] }(x, y), sqrt(x * x + y * y))
  }
}
