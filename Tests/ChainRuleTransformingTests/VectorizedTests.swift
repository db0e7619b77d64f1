import ChainRule
import Testing

/// A function of a batch against the function of each example, with gradients of the first and the second order.
@Suite struct VectorizedTests {
  struct Sample: CustomTestStringConvertible, Sendable {
    let name: String, shape: Shape
    let function: @Sendable (Node, Node) throws -> Node
    var testDescription: String { name }
    init(_ name: String, _ shape: Shape, _ function: @escaping @Sendable (Node, Node) throws -> Node) {
      (self.name, self.shape, self.function) = (name, shape, function)
    }
  }

  /// Functions of an example and of a matrix `[3, 4]` that all examples share.
  static let samples: [Sample] = [
    Sample("elementwise", [4]) { x, w in sin(x) * w + exp(x) / 2 },
    Sample("dot", []) { x, w in x * w.sum() + x * x },
    Sample("matrix times vector", [4]) { x, w in w.matmul(x) },
    Sample("vector times matrix", [3]) { x, w in tanh(x.matmul(w)) },
    Sample("matrices", [4, 2]) { x, w in w.matmul(x) },
    Sample("matrices from the left", [2, 3]) { x, w in x.matmul(w) },
    Sample("transposed products", [2, 4]) { x, w in w.matmul(x.transposed()).matmul(x) },
    Sample("own products", [3, 3]) { x, _ in x.matmul(x.transposed()).matmul(x) },
    Sample("reductions", [2, 3]) { x, w in x.sum(axes: [0]) * x.max(axes: [0]) + logSumExp(x, axes: [0]) },
    Sample("norms", [2, 3]) { x, _ in x.norm(axes: [1]) + x.variance(axes: [1]) },
    Sample("softmax", [2, 3]) { x, w in softmax(x, axis: 0) + softmax(x).cumulativeSum(axis: 1, reversed: true) },
    Sample("moves", [2, 3, 2]) { x, _ in
      x.transposed([2, 0, 1]).reshaped(to: [4, 3])[1..., Stride(by: 2)].flipped(axes: [0]) * 2
    },
    Sample("padding", [2, 3]) { x, _ in
      concatenate([x.padded(before: [1, 0], after: [0, 1], value: 3), x.tiled([1, 2])[0..., 0..<4]])
    },
    Sample("broadcasting", [3, 1]) { x, w in x * w + w.sum(axes: [0]) * x.broadcast(to: [3, 4]) },
    Sample("reading at shared places", [3, 4]) { x, _ in
      x.gathered(at: x.graph.constant(Tensor(indices: [2, 0, 2])), axis: 0)
    },
    Sample("reading at own places", [3, 4]) { x, w in w.gathered(at: x.argmax(axis: 0), axis: 0).sum(axes: [0]) * x },
    Sample("reading own values at own places", [3, 4]) { x, w in x.gathered(at: x.argmax(axis: 1), axis: 1) },
    Sample("along", [3, 4]) { x, _ in x.gatheredAlong(axis: 1, at: x.argmax(axis: 1).reshaped(to: [3, 1])) * x },
    Sample("one-hot", [3, 4]) { x, _ in x * x.argmax(axis: 1).oneHot(classes: 4) },
    Sample("images", [1, 1, 5, 5]) { x, w in
      maxPool2d(convolution2d(x, weight: w.reshaped(to: [3, 1, 2, 2])), window: [2, 2]).sum(axes: [3])
    },
    Sample("own kernels", [1, 1, 3, 3]) { x, w in
      avgPool2d(convolution2d(w.reshaped(to: [1, 1, 3, 4]), weight: x[0..., 0..., 0..<2, 0..<2]), window: [2, 2])
    },
    Sample("loops", [3]) { x, w in
      let (last, outputs) = try scan(over: x, from: [w[0]]) { carried, row in
        let next = tanh(carried[0] * row + 0.1)
        return ([next], [next.sum()])
      }
      return last[0].sum() + outputs[0]
    },
    Sample("branches", [3]) { x, w in try condition(w[0, 0] .> 0, then: { x * w.sum() }, else: { x }) },
    Sample("own branches", [3]) { x, w in try condition(x[0] .> 0, then: { x * w.sum() }, else: { sin(x) }) },
    Sample("while loops", []) { x, w in
      try whileLoop(from: [x], bound: 40, while: { abs($0[0]) .< 5 }, { [$0[0] * 1.5 + w[0, 0]] })[0]
    },
    Sample("own gradients", [3]) { x, _ in
      withGradient(of: [x], value: { sin($0[0]) }, pullback: { u, x, _ in [u * cos(x[0])] })
    },
    Sample("a primitive of one's own", [3]) { x, _ in x.graph.record(Cube(), [x]) },
    Sample("nothing of the example", [3]) { x, w in w },
  ]

  struct Cube: Primitive {
    let name = "cube"
    func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
    func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 * $0 * $0 } }
    func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
      .factor(3 * inputs[0] * inputs[0])
    }
  }

  @Test(arguments: samples) func equalsEachExample(sample: Sample) throws {
    let graph = Graph(), n = 3
    var random = Noise(7)
    func tensor(_ shape: Shape) -> Tensor { Tensor(shape: shape, (0..<shape.elementCount).map { _ in random.next() }) }
    let xs = graph.input("xs", tensor(Shape([n] + sample.shape.dimensions))), w = graph.input("w", tensor([3, 4]))
    let whole = try vectorized { x in try sample.function(x, w) }(xs)
    let rows = stack(try (0..<n).map { try sample.function(xs[$0], w) })
    try expectClose(whole, rows)
    guard sample.name != "nothing of the example" else { return }
    let weights = graph.constant(tensor(whole.shape))
    func gradients(_ node: Node) throws -> [Node] {
      let found = (node * weights).sum().backward()
      return [xs, w].map { found[$0] ?? graph.constant(Tensor(shape: $0.shape, repeating: 0)) }
    }
    let (a, b) = (try gradients(whole), try gradients(rows))
    for (p, q) in zip(a, b) { try expectClose(p, q) }
    func second(_ node: Node) -> Node {
      (node * node).sum().backward()[xs] ?? graph.constant(Tensor(shape: xs.shape, repeating: 0))
    }
    try expectClose(second(a[0]), second(b[0]), 1e-11)
  }

  @Test func nestedAndOverOtherAxes() throws {
    let graph = Graph(), a = graph.input("a", [[1, 2, 3], [4, 5, 6]]), b = graph.input("b", [[1, 0, -1], [2, 1, 0]])
    // All pairs of rows.
    let pairs = try vectorized { x in try vectorized { y in (x * y).sum() }(b) }(a)
    try expectClose(pairs, a.matmul(b.transposed()))
    let columns = try vectorized(over: 1) { x in (x * x).sum() }(a)
    #expect(try columns.value().scalars == [17, 29, 45])
    let mixed = try vectorized(over: (0, nil)) { x, all in x.matmul(all.transposed()) }(a, b)
    try expectClose(mixed, a.matmul(b.transposed()))
    let both = try vectorized(over: 1) { x, y in (x * y).sum() }(a, b)
    #expect(try both.value().scalars == [9, 5, -3])
    #expect(message { _ = try vectorized(over: 2) { $0 }(a) }.contains("an axis 2 of examples"))
    #expect(
      message { _ = try vectorized { x, y in x * y }(a, a.transposed()) }.contains("one number of examples"))
  }

  /// A rule of one's own that forgets the axis of examples is told.
  @Test func aWrongRuleIsNamed() throws {
    struct Wrong: Primitive, BatchedPrimitive {
      let name = "wrong"
      func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
      func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] }
      func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
        .factor(output.graph.constant(1))
      }
      func batched(_ batch: Batch) -> Node? { batch.full(0).sum(axes: [0]) }
    }
    let graph = Graph(), x = graph.input("x", [[1, 2], [3, 4]])
    #expect(message { _ = try vectorized { $0.graph.record(Wrong(), [$0]) }(x) }.contains("wrong, batched"))
  }

  @Test func gradientsOfEachExample() throws {
    let graph = Graph(), w = graph.input("w", [[0.3, -0.2], [0.5, 0.1], [-0.4, 0.2]]),
      c = graph.input("c", [0.1, -0.1])
    let xs = graph.input("x", [[1, 2, 3], [0.5, -1, 2], [0, 1, 0], [2, 2, 2]])
    let ys = graph.input("y", [[1, 0], [0, 1], [0, 1], [1, 0]])
    func loss(_ x: Node, _ y: Node) -> Node { -(y * logSoftmax(x.matmul(w) + c)).sum() }
    let found = try perExampleGradients(of: { x, y in loss(x, y) }, over: [xs, ys], withRespectTo: [w, c])
    for i in 0..<4 {
      let one = try loss(xs[i], ys[i]).gradients(withRespectTo: [w, c])
      try expectClose(found[0][i], one[0])
      try expectClose(found[1][i], one[1])
    }
    #expect(
      message { _ = try perExampleGradients(of: { x, y in x }, over: [xs, ys], withRespectTo: [w]) }
        .contains("a loss of one number"))
  }

  /// Numbers that a test can repeat.
  struct Noise {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 0x1p53 * 2 - 1
    }
  }
}
