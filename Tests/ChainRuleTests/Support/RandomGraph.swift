@testable import ChainRuleCore

/// A seeded random graph over all primitives: broadcasting, fan-out, gradients, updates. Values stay moderate, and
/// primitives that jump are only applied to leaves, where rounding cannot move a value across the jump.
struct RandomGraph {
  let graph: Graph
  let inputs: [Node]
  let values: [Tensor]
  var outputs: [Node] = []
  var updates: [(Node, Node)] = []
  var parameters: [Parameter] = []
  private(set) var steps: [String] = []

  private var random: RandomNumbers
  private var pool: [Node] = []
  private let leaves: [Node]
  private let indices: Node

  /// - Parameter size: how many primitives are recorded before gradients are taken.
  init(seed: UInt64, size: Int, precision: Graph.Precision) {
    random = RandomNumbers(seed: seed &* 7919 &+ 17)
    graph = Graph(precision)
    var generator = random
    func tensor(_ shape: Shape) -> Tensor {
      let values = (0..<shape.elementCount).map { _ in 2 * generator.uniform() - 1 }
      return Tensor(shape: shape, values).converted(to: precision == .double ? .float64 : .float32)
    }
    let (m, n) = (Int(seed % 3) + 2, Int(seed / 3 % 4) + 2)
    let shapes: [Shape] = [[m, n], [n], [m, 1], [], [n, m], [2, 2, 5, 4]]
    values = shapes.map(tensor) + [Tensor(indices: (0..<m).map { ($0 * 5 + Int(seed % 7)) % 2 })]
    let graph = graph
    inputs =
      shapes.enumerated().map { graph.input("x\($0.offset)", shape: $0.element) } + [
        graph.input("i", shape: [m], indices: true)
      ]
    for (input, value) in zip(inputs, values) { input.assign(value) }
    indices = inputs[inputs.count - 1]
    parameters = [Parameter(tensor([m, n]), name: "p"), Parameter(tensor([n]), name: "q"), Parameter(tensor([]))]
    leaves = Array(inputs.dropLast()) + parameters.map { graph.parameter($0) }
    random = generator
    pool = leaves
    for _ in 0..<size { record() }
    finish(size)
  }

  private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(Swift.max(1, limit))) }
  private mutating func pick() -> Node { below(3) == 0 ? pool[below(pool.count)] : pool[pool.count - 1 - below(4)] }
  private mutating func pickLeaf() -> Node { leaves[below(leaves.count)] }

  private mutating func record() {
    let kind = below(30)
    let node: Node
    switch kind {
    case 0...5: node = unary(pick(), below(Self.smooth.count + 1))
    case 6...11: node = binary(pick(), pick(), below(6))
    case 12, 13: node = reduction(pick())
    case 14, 15: node = layout(pick())
    case 16, 17: node = product(pick(), pick())
    case 18: node = softmaxes(pick())
    case 19: node = kink(pickLeaf() + 0.137)
    case 20: node = readings(pick())
    case 21: node = images(pick())
    case 22: node = exp(0.1 * pick()) / (1 + square(pick().mean()))
    case 23: node = stable(pick())
    case 24: node = pick().cumulativeSumOrSelf(reversed: below(2) == 0)
    case 25: node = concatenate([pick().flat, pick().flat])
    case 26: node = pick().stoppingGradient() * pick().mean()
    case 27: node = 1 * pick() + 0 - (-pick().mean())
    case 28: node = graph.randomUniform(shape: [2, 3], seed: random.next(), counter: graph.constant(0)) * pick().sum()
    default: node = ElementwiseFunction("cube", { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 })(tanh(pick()))
    }
    guard node.error == nil, node.shape.elementCount <= 4000, node.shape.elementCount > 0 else { return }
    // Keeps what grows in bounds.
    let bounded = kind >= 12 || kind == 8 ? tanh(node) : node
    steps.append("\(kind): \(node.shape)")
    pool.append(bounded.shape.elementCount > 1 && below(3) == 0 ? tanh(bounded) : bounded)
  }

  private func unary(_ x: Node, _ kind: Int) -> Node {
    kind < Self.smooth.count ? Self.smooth[kind](x) : pow(1 + square(x), 1.3)
  }

  /// Every smooth elementwise primitive of one operand, applied to something inside its domain.
  static let smooth: [@Sendable (Node) -> Node] = PrimitiveTable.elementwise.compactMap { primitive in
    let descriptor = primitive.descriptor, opcode = type(of: primitive).opcode
    guard opcode.arity == 1, descriptor.kinks.isEmpty, opcode != .copy else { return nil }
    return { x in x.graph.record(opcode, [inside(descriptor.domains[0], x)]) }
  }

  /// Something of x that lies inside a domain.
  static func inside(_ domain: PrimitiveDescriptor.Domain, _ x: Node) -> Node {
    switch domain {
    case .everywhere, .condition: 2 * tanh(x)
    case .nonzero: 2 + tanh(x)
    case .above(let lower): lower + 1 + square(tanh(x))
    case .below(let upper): upper - 1 - square(tanh(x))
    case .between(let lower, let upper): (lower + upper) / 2 + 0.45 * (upper - lower) * tanh(x)
    }
  }

  /// Every piecewise elementwise primitive of one operand.
  static let piecewise: [@Sendable (Node) -> Node] = PrimitiveTable.elementwise.compactMap { primitive in
    let opcode = type(of: primitive).opcode
    guard opcode.arity == 1, !primitive.descriptor.kinks.isEmpty else { return nil }
    return { x in x.graph.record(opcode, [x]) }
  }

  private func binary(_ a: Node, _ b: Node, _ kind: Int) -> Node {
    let b = a.shape.broadcast(with: b.shape) == nil ? b.mean() : b
    switch kind {
    case 0: return a + b
    case 1: return a - b
    case 2: return tanh(a) * b
    case 3: return a / (2 + sin(b))
    case 4: return 0.3 * a + tanh(a) * tanh(b)
    default: return pow(1.5 + sin(a), tanh(b))
    }
  }

  private mutating func axes(_ x: Node) -> [Int]? {
    if x.shape.rank == 0 || below(4) == 0 { return nil }
    return (0..<x.shape.rank).filter { _ in below(2) == 0 }
  }

  private mutating func reduction(_ x: Node) -> Node {
    let (axes, keeping) = (axes(x), below(2) == 0)
    switch below(5) {
    case 0: return x.sum(axes: axes, keepingDimensions: keeping)
    case 1: return x.variance(axes: axes, keepingDimensions: keeping)
    case 2: return logSumExp(x, axes: axes, keepingDimensions: keeping)
    case 3: return x - x.mean(axes: axes, keepingDimensions: true)
    default: return (pickLeaf()).max(axes: nil) + x.mean(axes: axes, keepingDimensions: keeping)
    }
  }

  private mutating func layout(_ x: Node) -> Node {
    guard x.shape.rank > 0 else { return x.broadcast(to: [2, 3]) }
    switch below(9) {
    case 0: return x.transposed()
    case 1: return x.reshaped(to: [x.shape.elementCount])
    case 2: return x[0..<Swift.max(1, x.shape[0] / 2)]
    case 3: return x.flipped()
    case 6: return x[(x.shape[0] / 2)...]
    case 7: return x.shape.rank > 1 ? x[0..., x.shape[1] - 1] : x[-1]
    case 4:
      return x.padded(
        before: [Int](repeating: 1, count: x.shape.rank), after: [Int](repeating: 0, count: x.shape.rank), value: 0.5)
    case 5: return x.broadcast(to: Shape([2] + x.shape.dimensions))
    default: return x.expandingDimension(at: 0).broadcast(to: Shape([3] + x.shape.dimensions)).sum(axes: [0])
    }
  }

  private mutating func product(_ a: Node, _ b: Node) -> Node {
    guard a.shape.rank >= 2 else { return a.flat.matmul(a.flat) }
    let order = Array(0..<(a.shape.rank - 2)) + [a.shape.rank - 1, a.shape.rank - 2]
    if b.shape.rank == 2, b.shape[0] == a.shape[-1] { return relu(0.3 * a.matmul(b) + pickLeaf().mean()) }
    if b.shape.rank == 2, b.shape[1] == a.shape[-1] { return a.matmul(b.transposed()) + 0.1 }
    switch below(3) {
    case 0: return 0.2 * a.matmul(a.transposed(order))
    case 1: return a.transposed(order).matmul(a)
    default: return a - 0.1 * a.matmul(a.transposed(order)).matmul(a)
    }
  }

  private mutating func softmaxes(_ x: Node) -> Node {
    guard x.shape.rank > 0 else { return x }
    let axis = below(x.shape.rank)
    switch below(4) {
    case 0: return softmax(x, axis: axis)
    case 1: return logSoftmax(x, axis: axis)
    case 2: return log(softmax(x, axis: -1))
    default:
      let e = exp(x)
      return e / e.sum(axes: [axis], keepingDimensions: true)
    }
  }

  private mutating func stable(_ x: Node) -> Node {
    switch below(5) {
    case 0: return log(sigmoid(x))
    case 1: return log(1 - sigmoid(x))
    case 2: return log(exp(x).sum())
    case 3: return -(softmax(x.flat) * log(softmax(x.flat * 0.5))).sum()
    default: return log1p(-sigmoid(x)) + log(sigmoid(x))
    }
  }

  private mutating func kink(_ x: Node) -> Node {
    let kind = below(6 + Self.piecewise.count)
    if kind >= 6 { return Self.piecewise[kind - 6](x) }
    switch kind {
    case 0: return maximum(x, 0.1)
    case 1: return `where`(greater(x, 0.05), x, 0.5 * x)
    case 2: return clamp(x, min: -0.5, max: 0.5)
    case 3: return leakyReLU(x)
    case 4: return x.shape.rank > 0 ? x.max(axes: [0]) : x
    default: return x.shape.rank > 0 ? equal(x.argmax(axis: -1), 1) * floor(3 * x).mean() : minimum(x, 0.3)
    }
  }

  private mutating func readings(_ x: Node) -> Node {
    guard x.shape.rank > 0, x.shape[0] >= 2 else { return tanh(x) }
    let m = indices.shape[0]
    switch below(4) {
    case 0: return x.gathered(at: indices)
    case 1 where x.shape.rank == 2 && x.shape[0] == m && x.shape[1] >= 2:
      return x.gatheredAlong(axis: 1, at: indices.reshaped(to: [m, 1]))
    case 2: return indices.oneHot(classes: 3) * x.mean()
    default: return x.gathered(at: equal(indices, 1))
    }
  }

  private mutating func images(_ x: Node) -> Node {
    let image = inputs[5] * x.mean()
    switch below(5) {
    case 0: return convolution2d(image, weight: image[0..., 0..., 0..<3, 0..<2], padding: [1], dilation: [1, 2])
    case 1: return convolution2d(image, weight: tanh(image[0..., 0..<1, 0..<2, 0..<2]), stride: [2, 1], groups: 2)
    case 2: return avgPool2d(image, window: [2], stride: [1], padding: [1], countIncludePad: below(2) == 0)
    case 3: return maxPool2d(inputs[5] + 0.1, window: [2, 3], stride: [1, 2], padding: [1]) * x.mean()
    default: return image - image.mean(axes: [0, 2, 3], keepingDimensions: true)
    }
  }

  private mutating func finish(_ size: Int) {
    let last = pool.suffix(3).map { tanh($0).mean() }
    let loss = last.dropFirst().reduce(last[0], +)
    outputs = [loss, pool[pool.count - 1], pool[below(pool.count)]]
    let gradients = loss.backward()
    for leaf in leaves {
      guard let gradient = gradients[leaf] else { continue }
      if leaf.kind == .parameter {
        updates.append((leaf, below(2) == 0 ? leaf - 0.1 * gradient : 0.9 * leaf - gradient * 0.05))
      }
      if below(2) == 0 { outputs.append(gradient) }
    }
    if below(4) == 0 { outputs.append(leaves[below(leaves.count)]) }
  }
}

extension Node {
  var flat: Node { reshaped(to: [shape.elementCount]) }
  func cumulativeSumOrSelf(reversed: Bool) -> Node {
    shape.rank == 0 ? self : cumulativeSum(axis: 0, reversed: reversed)
  }
}
