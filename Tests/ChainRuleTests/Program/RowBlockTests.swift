import Testing

@testable import ChainRuleCore

/// An attention in some way of writing it, on random values.
private struct Attention {
  let graph: Graph
  let precision: Graph.Precision
  private var random: RandomNumbers
  private(set) var inputs: [Node] = [], values: [Tensor] = []

  init(_ precision: Graph.Precision, seed: UInt64) {
    (graph, self.precision, random) = (Graph(precision), precision, RandomNumbers(seed: seed))
  }

  mutating func input(_ shape: Shape, _ make: (Double, Int) -> Double = { x, _ in 2 * x - 1 }) -> Node {
    let numbers = (0..<shape.elementCount).map { make(random.uniform(), $0) }
    values.append(Tensor(shape: shape, numbers).converted(to: precision == .double ? .float64 : .float32))
    inputs.append(graph.input("x\(inputs.count)", shape: shape))
    return inputs[inputs.count - 1]
  }

  /// How far the results of the pass may be from the others. A float's last bit turns the rounding of few factors, so that
  /// those of bfloat16 are nearer to each other than to the results without rounding.
  private func allowed(_ composed: [Tensor], _ outputs: [Node]) throws -> [Double] {
    if precision != .bfloat16Products {
      return composed.map { value in
        (precision == .double ? 1e-13 : 2e-5) * value.scalars.reduce(0) { Swift.max($0, Swift.abs($1)) }
      }
    }
    let exact = graph.twin(in: .double, upTo: Int32(graph.nodeCount - 1))
    let program = try exact.compile(
      inputs: inputs.map { exact.node($0.id) }, outputs: outputs.map { exact.node($0.id) },
      options: CompileOptions(passes: .all.subtracting(.rowBlocks)))
    let unrounded = try program.run(values.map { $0.elementType == .int32 ? $0 : $0.converted(to: .float64) })
    return zip(composed, unrounded).map { Self.difference($0.scalars, $1.scalars) }
  }

  private static func difference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { Swift.max($0, $1.0 == $1.1 ? 0 : Swift.abs($1.0 - $1.1)) }
  }

  /// A constant with one number for what position i sees, and another for what it does not.
  func mask(_ t: Int, _ s: Int, seen: Double, hidden: Double, _ sees: (Int, Int) -> Bool = { $1 <= $0 }) -> Node {
    graph.constant(Tensor(shape: [t, s], (0..<t * s).map { sees($0 / s, $0 % s) ? seen : hidden }))
  }

  /// Value and gradients with the pass, and without.
  func compare(
    _ output: Node, withRespectTo variables: [Node], regions: Int, threads: Int = 1, _ comment: Comment,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let f = (output * (output + 0.5)).sum()
    let outputs = [output] + (try f.gradients(withRespectTo: variables))
    var options = CompileOptions()
    options.leastRowBlockBytes = 0
    let blocked = try graph.compile(inputs: inputs, outputs: outputs, options: options)
    let composed = try graph.compile(
      inputs: inputs, outputs: outputs, options: CompileOptions(passes: .all.subtracting(.rowBlocks)))
    #expect(
      "\(blocked)".components("rowBlocks(") == regions, "\(comment)\n\(blocked)", sourceLocation: sourceLocation)
    #expect("\(composed)".components("rowBlocks(") == 0, comment, sourceLocation: sourceLocation)
    (blocked.threads, composed.threads) = (threads, 1)
    let results = try blocked.run(values)
    let others = try composed.run(values), allowed = try allowed(others, outputs)
    for (number, (a, b)) in zip(results, others).enumerated() {
      let worst = Self.difference(a.scalars, b.scalars)
      #expect(
        worst <= allowed[number] && !a.scalars.contains { $0.isNaN },
        "\(comment), output \(number): \(worst), allowed \(allowed[number])", sourceLocation: sourceLocation)
    }
    blocked.threads = 1
    #expect(
      zip(results, try blocked.run(values)).allSatisfy { $0.scalars.map(\.bitPattern) == $1.scalars.map(\.bitPattern) },
      "\(comment): threads change bits", sourceLocation: sourceLocation)
  }
}

extension String {
  fileprivate func components(_ separator: String) -> Int { split(separator: separator).count - 1 }
}

private func scores(_ q: Node, _ k: Node) -> Node {
  let rank = k.shape.rank
  return q.matmul(k.transposed(Array(0..<rank - 2) + [rank - 1, rank - 2]))
}

/// The ways of writing it, by name; each is given sizes and returns the output and what gradients are wanted of.
private let forms: [(name: String, record: @Sendable (inout Attention, Int, Int, Int) -> (Node, [Node]))] = [
  (
    "no mask",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, 3, t, d]), a.input([2, 3, s, d]), a.input([2, 3, s, d + 1]))
      return (softmax(scores(q, k) / 3).matmul(v), [q, k, v])
    }
  ),
  (
    "scaled before, −∞ added",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, 3, t, d]), a.input([2, 3, s, d]), a.input([2, 3, s, d]))
      return (softmax(scores(q * 0.3, k) + a.mask(t, s, seen: 0, hidden: -.infinity)).matmul(v), [q, k, v])
    }
  ),
  (
    "scaled after a bias, −1e9 added",
    { a, t, s, d in
      let (q, k, v, b) = (a.input([3, t, d]), a.input([3, s, d]), a.input([3, s, d]), a.input([t, s]))
      return (softmax((scores(q, k) + b) * 0.7 + a.mask(t, s, seen: 0, hidden: -1e9)).matmul(v), [q, k, v])
    }
  ),
  (
    "where",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, t, d]), a.input([2, s, d]), a.input([2, s, d]))
      return (softmax(`where`(a.mask(t, s, seen: 1, hidden: 0), 0.25 * scores(q, k), -1e30)).matmul(v), [q, k, v])
    }
  ),
  (
    "a window of where",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, t, d]), a.input([2, s, d]), a.input([2, s, d]))
      let mask = a.mask(t, s, seen: 1, hidden: 0) { $1 <= $0 && $1 + 40 > $0 || $1 == $0 % s }
      return (softmax(`where`(mask, scores(q, k), -.infinity)).matmul(v), [q, k, v])
    }
  ),
  (
    "masks as inputs",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, 3, t, d]), a.input([2, 3, s, d]), a.input([2, 3, s, d]))
      let causal = a.input([t, s]) { $1 % s <= $1 / s ? 0 : -.infinity }
      let keys = a.input([2, 1, 1, s]) { $1 % s == 0 || $0 < 0.7 ? 1 : 0 }
      return (softmax(`where`(keys, scores(q, k) + causal, -1e30)).matmul(v), [q, k, v])
    }
  ),
  (
    "rows that see nothing",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, t, d]), a.input([2, s, d]), a.input([2, s, d]))
      let keys = a.input([2, 1, s]) { $1 % s < 3 ? 0 : 1 }
      let causal = `where`(a.mask(t, s, seen: 1, hidden: 0), scores(q, k), -1e30)
      return (softmax(`where`(keys, causal, -1e30)).matmul(v), [q, k, v])
    }
  ),
  (
    "weights cut off",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, t, d]), a.input([2, s, d]), a.input([2, s, d]))
      let (mask, keys) = (a.mask(t, s, seen: 1, hidden: 0), a.input([2, 1, s]) { x, _ in x < 0.6 ? 1 : 0 })
      let p = softmax(`where`(keys, `where`(mask, scores(q, k), -1e30), -1e30))
      return (`where`(keys, `where`(mask, p, 0), 0).matmul(v), [q, k, v])
    }
  ),
  (
    "dropout",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, t, d]), a.input([2, s, d]), a.input([2, s, d]))
      let counter = a.input([]) { _, _ in 7 }
      let keeps = less(a.graph.randomUniform(shape: [2, t, s], seed: 5, counter: counter), 0.8) / 0.8
      let p = softmax(scores(q, k) + a.mask(t, s, seen: 0, hidden: -.infinity))
      return ((p * keeps).matmul(v), [q, k, v])
    }
  ),
  (
    "grouped heads, keys repeated",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, 2, 3, t, d]), a.input([2, 2, 1, s, d]), a.input([2, 2, 1, s, d]))
      let p = softmax(scores(q, k) / 2 + a.mask(t, s, seen: 0, hidden: -.infinity))
      return (p.matmul(v), [q, k, v])
    }
  ),
  (
    "grouped heads, queries together",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, 3 * t, d]), a.input([2, s, d]), a.input([2, s, d]))
      let all = scores(q, k).reshaped(to: [2, 3, t, s]) / 2 + a.mask(t, s, seen: 0, hidden: -.infinity)
      return (softmax(all).reshaped(to: [2, 3 * t, s]).matmul(v), [q, k, v])
    }
  ),
  (
    "by exponentials",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, t, d]), a.input([2, s, d]), a.input([2, s, d]))
      let masked = scores(q, k) / 4 + a.mask(t, s, seen: 0, hidden: -.infinity)
      let e = exp(masked - masked.max(axes: [-1], keepingDimensions: true).stoppingGradient())
      return ((e / e.sum(axes: [-1], keepingDimensions: true)).matmul(v), [q, k, v])
    }
  ),
  (
    "one head",
    { a, t, s, d in
      let (q, k, v) = (a.input([t, d]), a.input([s, d]), a.input([s, d]))
      return (softmax(scores(q, k) + a.mask(t, s, seen: 0, hidden: -.infinity)).matmul(v), [q, k, v])
    }
  ),
  (
    "keys and values stored in columns",
    { a, t, s, d in
      let (q, k, v) = (a.input([2, d, t]), a.input([2, d, s]), a.input([2, d, s]))
      let p = softmax(q.transposed([0, 2, 1]).matmul(k) + a.mask(t, s, seen: 0, hidden: -.infinity))
      return (v.matmul(p.transposed([0, 2, 1])), [q, k, v])
    }
  ),
]

@Test(arguments: forms.map(\.name), [Graph.Precision.single, .double, .bfloat16Products])
func attentionByRowBlocksIsAttention(form: String, precision: Graph.Precision) throws {
  guard let record = forms.first(where: { $0.name == form })?.record else { return }
  for (t, s, d) in [(65, 65, 8), (130, 200, 5), (90, 33, 16), (257, 150, 1)] {
    var attention = Attention(precision, seed: UInt64(t))
    let (output, variables) = record(&attention, t, s, d)
    try attention.compare(output, withRespectTo: variables, regions: 2, threads: 2, "\(form), \(t) × \(s) × \(d)")
  }
}

@Test(arguments: instructionSets, [Graph.Precision.single, .double])
func attentionByRowBlocksOnEachInstructionSet(name: String, precision: Graph.Precision) throws {
  try with(instructionSet: name) {
    for form in forms {
      var attention = Attention(precision, seed: 3)
      let (output, variables) = form.record(&attention, 77, 101, 9)
      try attention.compare(output, withRespectTo: variables, regions: 2, "\(form.name) on \(name)")
    }
  }
}

/// With equal scores position i's output is the mean of the values up to i.
@Test func equalScoresGiveMeans() throws {
  let (graph, t) = (Graph(.double), 150)
  let q = graph.constant(Tensor(shape: [1, t, 4], repeating: 0)), k = graph.input("k", shape: [1, t, 4])
  let v = graph.input("v", shape: [1, t, 2])
  let mask = Tensor(shape: [t, t], (0..<t * t).map { $0 % t <= $0 / t ? 0 : -.infinity })
  let output = softmax(scores(q * k.sum(), k) + graph.constant(mask)).matmul(v)
  var options = CompileOptions()
  options.leastRowBlockBytes = 0
  let program = try graph.compile(inputs: [k, v], outputs: [output], options: options)
  #expect("\(program)".contains("rowBlocks("))
  let values = (0..<2 * t).map { (i: Int) -> Double in i % 2 == 0 ? Double(i / 2) : 1 }
  let result = try program.run([Tensor(shape: [1, t, 4], repeating: 1), Tensor(shape: [1, t, 2], values)])[0].scalars
  for row in 0..<t {
    #expect(abs(result[2 * row] - Double(row) / 2) < 1e-12 && abs(result[2 * row + 1] - 1) < 1e-14)
  }
}

/// What somebody else reads is written anyway, and everything is as it was.
@Test func weightsThatAreReadAreWritten() throws {
  var attention = Attention(.single, seed: 1)
  let (q, k, v) = (attention.input([2, 80, 8]), attention.input([2, 80, 8]), attention.input([2, 80, 8]))
  let p = softmax(scores(q, k))
  try attention.compare(p.matmul(v) + p.sum(axes: [1]).sum(), withRespectTo: [q, k, v], regions: 0, "read elsewhere")
  // A bias that is learned: its gradient is what the backward region would not write.
  let b = attention.input([80, 80])
  try attention.compare(softmax(scores(q, k) + b).matmul(v), withRespectTo: [q, b], regions: 0, "a learned bias")
}

/// A hidden layer is as wide between two products, but is no attention.
@Test func hiddenLayersAreKept() throws {
  var attention = Attention(.single, seed: 1)
  let (x, w, u) = (attention.input([64, 8]), attention.input([8, 96]), attention.input([96, 8]))
  try attention.compare(tanh(x.matmul(w)).matmul(u), withRespectTo: [w, u], regions: 0, "a hidden layer")
}

/// Small scores are kept for the way back, unless half of them are hidden; without a way back they are not.
@Test(arguments: [(false, true, 0), (true, true, 2), (false, false, 1)])
func smallScoresAreKept(isCausal: Bool, isBackward: Bool, regions: Int) throws {
  let graph = Graph(.single)
  let inputs = ["q", "k", "v"].map { graph.input($0, shape: [2, 4, 160, 16]) }
  var all = scores(inputs[0], inputs[1])
  if isCausal {
    all =
      all + graph.constant(Tensor(shape: [160, 160], (0..<160 * 160).map { $0 % 160 <= $0 / 160 ? 0 : -.infinity }))
  }
  let output = softmax(all).matmul(inputs[2])
  let gradients = isBackward ? try square(output).sum().gradients(withRespectTo: inputs) : []
  let program = try graph.compile(inputs: inputs, outputs: [output] + gradients)
  #expect("\(program)".components("rowBlocks(") == regions, "\(program)")
}

/// Memory grows with the length, not with its square: twice the length, twice the memory.
@Test func memoryOfRowBlocksIsLinear() throws {
  func bytes(_ t: Int) throws -> Int {
    let graph = Graph(.single)
    let inputs = ["q", "k", "v"].map { graph.input($0, shape: [1, 2, t, 32]) }
    let f = square(softmax(scores(inputs[0], inputs[1])).matmul(inputs[2])).sum()
    let program = try graph.compile(inputs: inputs, outputs: [f] + (try f.gradients(withRespectTo: inputs)))
    return program.arenaByteCount + program.code.scratchBytes
  }
  let (short, long) = (try bytes(4096), try bytes(8192))
  #expect(long <= 2 * short + 1 << 16 && long <= 96 * 8192 * 32, "\(short) \(long)")
}
