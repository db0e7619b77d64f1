import ChainRule
import Testing

/// While loops, choices and gradients of one's own for a batch: one loop and one choice for all examples, equal to example
/// by example in values, both modes and second derivatives.
@Suite struct BatchedLoopTests {
  struct Sample: CustomTestStringConvertible, Sendable {
    let name: String
    let function: @Sendable (Node, Node) throws -> Node
    var testDescription: String { name }
    init(_ name: String, _ function: @escaping @Sendable (Node, Node) throws -> Node) {
      (self.name, self.function) = (name, function)
    }
  }

  /// Functions of an example `[2]`, different numbers of steps for each, and of `[2]` numbers that all share.
  static let samples: [Sample] = [
    Sample("several values, one of them a matrix") { x, w in
      let found = try whileLoop(from: [x, w.reshaped(to: [1, 2])], bound: 30, while: { 6 - $0[0].norm() }) {
        [$0[0] * 1.3 + w * $0[1][0], $0[1].matmul(stack([x, w])) / 3]
      }
      return found[0] * found[1].sum()
    },
    Sample("no step for some") { x, w in
      try whileLoop(from: [x], bound: 9, while: { $0[0][0] .< 0.2 }, { [$0[0] + w] })[0]
    },
    Sample("a step too many has no value") { x, w in
      // √(x − 0.5) of what has come below 0.5 is NaN, and so is its slope.
      try whileLoop(from: [square(x) + 0.7], bound: 40, while: { $0[0].min() .> 0.75 }) {
        [0.5 + 0.9 * sqrt($0[0] - 0.5) * sqrt($0[0] - 0.5) + 0.01 * w * log($0[0] - 0.5)]
      }[0]
    },
    Sample("Newton's method for a root of its own") { x, w in
      let a = square(x) + 0.1
      return try whileLoop(from: [a], bound: 60, while: { abs($0[0] * $0[0] - a).max() .> 1e-13 }) {
        [0.5 * ($0[0] + a / $0[0])]
      }[0] * w
    },
    Sample("a loop in a loop") { x, w in
      try whileLoop(from: [x], bound: 6, while: { $0[0].norm() .< 3 }) { outer in
        let inner = try whileLoop(from: [outer[0]], bound: 8, while: { $0[0][1] .< 1 }) { [$0[0] + 0.3 * square(w)] }
        return [inner[0] * 1.5]
      }[0]
    },
    Sample("a batch in a batch") { x, w in
      try vectorized { row in
        try whileLoop(from: [row], bound: 20, while: { abs($0[0]) .< 2 }, { [$0[0] * 1.7 + w[0] * row] })[0]
      }(x)
    },
    Sample("a loop in a scan") { x, w in
      try scan(over: x, from: [w]) { carried, row in
        let found = try whileLoop(from: carried, bound: 12, while: { $0[0].norm() .< 2 + row }, { [$0[0] * 1.4 + row] })
        return ([found[0] / 3], [])
      }.last[0]
    },
    Sample("choices with their own domains") { x, w in
      try condition(x[0] .> 0, then: { [log(x[0]) * w, x] }, else: { [sqrt(-x[0]) * x, w] }).reduce(w, *)
    },
    Sample("one of three") { x, w in
      let place = floor(clamp(x[0] + 1, min: 0, max: 2.9))
      return try choose(place, among: [{ sin(x) }, { x * w.sum() }, { square(x) / w }])
    },
    Sample("one of three, by an index") { x, w in
      try choose(concatenate([x, w]).argmax(axis: 0), among: [{ x * w }, { exp(x) }, { x }, { w * w * x }])
    },
    Sample("own gradients of what is shared") { x, w in
      withGradient(of: [x, w], value: { sin($0[0]) * $0[1] + x[0] }) { u, x, y in
        [u * cos(x[0]) * x[1], u * sin(x[0]) + 0 * y]
      }
    },
    Sample("gradients clipped for each") { x, w in (3 * x * w).clippingGradient(norm: 0.5) * x },
    Sample("equations to their own times") { x, w in
      try odeint(
        from: x, at: x.graph.constant([0, 0.4, 1]), parameters: [w], relative: 1e-6, absolute: 1e-8
      ) { t, y, p in p[0] * sin(y) - t * y }.sum(axes: [0])
    },
  ]

  @Test(arguments: samples) func equalsEachExample(sample: Sample) throws {
    let graph = Graph(), n = 4
    let xs = graph.input("xs", [[0.9, -0.4], [0.1, 0.35], [-0.6, 1.8], [1.7, 0.8]])
    let w = graph.input("w", [0.45, 0.8])
    let whole = try vectorized { x in try sample.function(x, w) }(xs)
    let rows = stack(try (0..<n).map { try sample.function(xs[$0], w) })
    try expectClose(whole, rows, 1e-13)
    let weights = graph.constant(
      Tensor(shape: whole.shape, (0..<whole.shape.elementCount).map { Double($0 % 5) - 1.5 }))
    func gradients(_ node: Node) throws -> [Node] {
      try (node * weights).sum().gradients(withRespectTo: [xs, w])
    }
    let (a, b) = (try gradients(whole), try gradients(rows))
    for (p, q) in zip(a, b) { try expectClose(p, q, 1e-11) }
    func second(_ node: Node) -> Node {
      square(node).sum().backward()[xs] ?? graph.constant(Tensor(shape: xs.shape, repeating: 0))
    }
    try expectClose(second(a[0]), second(b[0]), 1e-9)
    let direction = graph.constant([[1, -1], [0.5, 2], [-1, 0.3], [0.2, 1]])
    guard !sample.name.contains("clipped") else { return }
    try expectClose(
      try whole.tangent(along: [(xs, direction)]), try rows.tangent(along: [(xs, direction)]), 1e-11)
  }

  /// One loop, as long as its longest example, in programs of both precisions.
  @Test(arguments: [Graph.Precision.double, .single]) func isOneLoop(precision: Graph.Precision) throws {
    let graph = Graph(precision), xs = graph.input("xs", Tensor((1...20).map { Double($0) }))
    let halvings = try vectorized { x in
      try whileLoop(from: [x, graph.constant(0)], bound: 10, while: { $0[0] .> 1 }, { [$0[0] / 2, $0[1] + 1] })[1]
    }(xs)
    let program = try graph.compile(inputs: [xs], outputs: [halvings])
    #expect(program.description.contains("whileLoop") && !program.description.contains("scan"))
    let expected = (1...20).map { Double(Int.bitWidth - ($0 - 1).leadingZeroBitCount) }
    #expect(try program.run([try xs.value()])[0].scalars == expected)
    #expect(try halvings.value().scalars == expected)
    let none = try vectorized { x in
      try whileLoop(from: [x], bound: 10, while: { $0[0] .> 1 }, { [$0[0] / 2] })[0]
    }(graph.input("none", Tensor(shape: [0], [])))
    #expect(try none.value().scalars.isEmpty)
  }

  @Test func mistakesAreThoseOfOneExample() throws {
    let graph = Graph(), xs = graph.input("xs", [0.5, 3, -1])
    let endless = vectorized { x in try whileLoop(from: [x], bound: 5, while: { $0[0] .> 0 }, { [$0[0] * 2] })[0] }
    #expect(message { _ = try endless(xs).value() }.contains("whileLoop: required a loop that ends within 5 steps"))
    let chosen = vectorized { x in try choose(x, among: [{ x }, { 2 * x }]) }
    let one = message { _ = try choose(graph.constant(0.5), among: [{ xs }, { 2 * xs }]).value() }
    #expect(one.contains("a number from 0 to 1") && message { _ = try chosen(xs).value() } == one)
    let undecided = try vectorized { x in try condition(log(x), then: { x }, else: { -x }) }(xs)
    #expect(message { _ = try undecided.value() }.contains("condition: required a number to choose by"))
  }
}
