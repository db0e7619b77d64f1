import ChainRule
import ChainRuleLearning
import Foundation
import Testing

/// Every public function of nodes with the edge values of what it takes: a result or an error, and soon.
@Suite(.enabled(if: isSweepWanted)) struct SweepOfNodes {
  static let unary: [(String, @Sendable (Node) -> Node)] = [
    ("abs", { abs($0) }), ("acos", { acos($0) }), ("acosh", { acosh($0) }), ("asin", { asin($0) }),
    ("asinh", { asinh($0) }), ("atan", { atan($0) }), ("atanh", { atanh($0) }), ("cbrt", { cbrt($0) }),
    ("ceil", { ceil($0) }), ("cos", { cos($0) }), ("cosh", { cosh($0) }), ("erf", { erf($0) }), ("exp", { exp($0) }),
    ("exp2", { exp2($0) }), ("expm1", { expm1($0) }), ("floor", { floor($0) }), ("gelu", { gelu($0) }),
    ("heaviside", { heaviside($0) }), ("log", { log($0) }), ("log10", { log10($0) }), ("log1p", { log1p($0) }),
    ("log2", { log2($0) }), ("reciprocal", { reciprocal($0) }), ("relu", { relu($0) }), ("round", { round($0) }),
    ("rsqrt", { rsqrt($0) }), ("sigmoid", { sigmoid($0) }), ("sign", { sign($0) }), ("silu", { silu($0) }),
    ("sin", { sin($0) }), ("sinh", { sinh($0) }), ("softplus", { softplus($0) }), ("sqrt", { sqrt($0) }),
    ("square", { square($0) }), ("tan", { tan($0) }), ("tanh", { tanh($0) }), ("truncate", { truncate($0) }),
    ("-", { -$0 }), ("stoppingGradient", { $0.stoppingGradient() }), ("named", { $0.named("") }),
    ("sum", { $0.sum() }), ("mean", { $0.mean() }), ("variance", { $0.variance() }), ("product", { $0.product() }),
    ("max", { $0.max() }), ("min", { $0.min() }), ("norm", { $0.norm() }), ("squaredNorm", { $0.squaredNorm() }),
    ("logSumExp", { logSumExp($0) }), ("softmax", { softmax($0) }), ("logSoftmax", { logSoftmax($0) }),
    ("argmax", { $0.argmax() }), ("cumulativeSum", { $0.cumulativeSum() }), ("flipped", { $0.flipped() }),
    ("transposed", { $0.transposed() }), ("concatenate", { concatenate([$0, $0]) }), ("stack", { stack([$0, $0]) }),
    ("subscript", { $0[0] }), ("gathered", { $0.gathered(at: $0) }),
  ]

  @Test(arguments: unary.indices) func functionsOfANode(number: Int) {
    let (name, function) = Self.unary[number]
    for precision in [Graph.Precision.double, .single] {
      let nodes = Edge.nodes(in: Graph(precision))
      for (index, node) in nodes.enumerated() { exercise(function(node), "\(name) of node \(index)") }
    }
  }

  static let binary: [(String, @Sendable (Node, Node) -> Node)] = [
    ("+", { $0 + $1 }), ("-", { $0 - $1 }), ("*", { $0 * $1 }), ("/", { $0 / $1 }), ("pow", { pow($0, $1) }),
    ("maximum", { maximum($0, $1) }), ("minimum", { minimum($0, $1) }), ("less", { less($0, $1) }),
    ("greater", { greater($0, $1) }), ("equal", { equal($0, $1) }), ("matmul", { $0.matmul($1) }),
    ("where", { `where`($0, $1, $0) }), ("concatenate", { concatenate([$0, $1]) }), ("stack", { stack([$0, $1]) }),
    ("gathered", { $0.gathered(at: $1) }), ("gatheredAlong", { $0.gatheredAlong(axis: 0, at: $1) }),
    ("convolution2d", { convolution2d($0, weight: $1, bias: $0) }),
    ("transposedConvolution2d", { transposedConvolution2d($0, weight: $1) }),
  ]

  @Test(arguments: binary.indices) func functionsOfTwoNodes(number: Int) {
    let (name, function) = Self.binary[number], nodes = Edge.nodes(in: Graph())
    for (i, a) in nodes.enumerated() {
      for (j, b) in nodes.enumerated() { exercise(function(a, b), inProgram: (i + j) % 4 == 0, "\(name) \(i), \(j)") }
    }
  }

  static let withInteger: [(String, @Sendable (Node, Int) -> Node)] = [
    ("softmax", { softmax($0, axis: $1) }), ("logSoftmax", { logSoftmax($0, axis: $1) }),
    ("argmax", { $0.argmax(axis: $1) }), ("cumulativeSum", { $0.cumulativeSum(axis: $1, reversed: true) }),
    ("expandingDimension", { $0.expandingDimension(at: $1) }),
    ("squeezingDimension", { $0.squeezingDimension(at: $1) }),
    ("oneHot", { $0.oneHot(classes: $1) }), ("stack", { stack([$0, $0], axis: $1) }),
    ("concatenate", { concatenate([$0, $0], axis: $1) }), ("subscript", { $0[$1] }), ("subscript…", { $0[$1...] }),
    ("…subscript", { $0[...$1] }), ("stride", { $0[Stride(from: $1, to: $1, by: $1)] }),
    ("stride by", { $0[Stride(by: $1)] }), ("subscripts", { $0[0..., $1] }),
    ("variance", { $0.variance(correction: $1) }),
    ("standardDeviation", { $0.standardDeviation(correction: $1) }), ("gathered", { $0.gathered(at: $0, axis: $1) }),
    ("gatheredAlong", { $0.gatheredAlong(axis: $1, at: $0) }), ("maxPool2d", { maxPool2d($0, window: [$1]) }),
    ("avgPool2d", { avgPool2d($0, window: [1], stride: [$1], padding: [$1]) }),
    ("convolution2d", { convolution2d($0, weight: $0, stride: [$1], padding: [$1], dilation: [$1], groups: $1) }),
    ("transposedConvolution2d", { transposedConvolution2d($0, weight: $0, outputPadding: [$1], groups: $1) }),
  ]

  @Test(arguments: withInteger.indices) func functionsOfANodeAndAnInteger(number: Int) {
    let (name, function) = Self.withInteger[number], nodes = Edge.nodes(in: Graph())
    for (index, node) in nodes.enumerated() {
      for integer in Edge.integers {
        exercise(function(node, integer), inProgram: index % 3 == 0, "\(name) of node \(index), \(integer)")
      }
    }
  }

  static let withList: [(String, @Sendable (Node, [Int]) -> Node)] = [
    ("sum", { $0.sum(axes: $1, keepingDimensions: true) }), ("mean", { $0.mean(axes: $1) }),
    ("variance", { $0.variance(axes: $1) }), ("standardDeviation", { $0.standardDeviation(axes: $1) }),
    ("product", { $0.product(axes: $1) }), ("max", { $0.max(axes: $1) }),
    ("min", { $0.min(axes: $1) }), ("norm", { $0.norm(axes: $1) }), ("squaredNorm", { $0.squaredNorm(axes: $1) }),
    ("logSumExp", { logSumExp($0, axes: $1) }), ("flipped", { $0.flipped(axes: $1) }),
    ("transposed", { $0.transposed($1) }), ("tiled", { $0.tiled($1) }),
    ("gathered", { $0.gathered(at: $0.graph.constant(Tensor(indices: $1))) }),
    ("padded", { $0.padded(before: $1, after: $1, value: .nan) }), ("reshaped", { $0.reshaped(to: Shape($1)) }),
    ("broadcast", { $0.broadcast(to: Shape($1)) }), ("maxPool2d", { maxPool2d($0, window: $1, stride: $1) }),
    ("avgPool2d", { avgPool2d($0, window: $1, padding: $1) }),
  ]

  @Test(arguments: withList.indices) func functionsOfANodeAndAList(number: Int) {
    let (name, function) = Self.withList[number], nodes = Edge.nodes(in: Graph())
    for (index, node) in nodes.enumerated() {
      for list in Edge.lists {
        exercise(function(node, list), inProgram: index % 3 == 0, "\(name) of node \(index), \(list.prefix(4))")
      }
    }
  }

  static let withNumber: [(String, @Sendable (Node, Double) -> Node)] = [
    ("pow", { pow($0, $1) }), ("pow of", { pow($1, $0) }), ("norm", { $0.norm($1) }), ("elu", { elu($0, alpha: $1) }),
    ("leakyReLU", { leakyReLU($0, slope: $1) }), ("clamp", { clamp($0, min: $1, max: -$1) }), ("+", { $0 + $1 }),
    ("-", { $1 - $0 }), ("*", { $0 * $1 }), ("/", { $1 / $0 }), ("maximum", { maximum($0, $1) }),
    ("minimum", { minimum($1, $0) }), ("where", { `where`($0, $1, $0) }), ("less", { less($0, $1) }),
    ("greater", { greater($0, $1) }), ("equal", { equal($0, $1) }),
  ]

  @Test(arguments: withNumber.indices) func functionsOfANodeAndANumber(number: Int) {
    let (name, function) = Self.withNumber[number], nodes = Edge.nodes(in: Graph(.single))
    for (index, node) in nodes.enumerated() {
      for value in Edge.numbers {
        exercise(function(node, value), inProgram: index % 3 == 0, "\(name) of node \(index), \(value)")
      }
    }
  }

  // MARK: Graphs and tensors

  @Test func whatAGraphIsTold() {
    let graph = Graph(), nodes = Edge.nodes(in: graph)
    for shape in Edge.shapes {
      exercise(graph.input("s", shape: shape), "input of shape")
      exercise(graph.input("i", shape: shape, indices: true), "indices of shape")
      survives("randomUniform") { _ = graph.randomUniform(shape: shape, seed: .max) }
      survives("tensor") { _ = Tensor(shape: shape, [1, 2, 3, 4, 5, 6]) }
      if shape.rank > 1000 || shape.elementCount < 100 { exercise(graph.randomNormal(shape: shape, seed: 0), "normal") }
    }
    for (i, node) in nodes.enumerated() {
      for tensor in Edge.tensors { survives("assign \(i)") { node.assign(tensor) } }
      for (j, other) in nodes.enumerated() {
        survives("update \(i), \(j)") { try graph.update(node, to: other) }
        survives("compile \(i), \(j)") { _ = try graph.compile(inputs: [node, other], outputs: [other]).run() }
        survives("updates \(i), \(j)") {
          _ = try graph.compile(inputs: [], outputs: [node], updates: [node: other]).run(Edge.tensors)
        }
        survives("backward \(i), \(j)") { _ = node.backward(upstream: other)[node] }
        survives("tangent \(i), \(j)") { _ = try node.tangent(along: [(other, node)]).value() }
        survives("jacobian \(i), \(j)") { _ = try node.jacobian(withRespectTo: other) }
        survives("hessian \(i), \(j)") { _ = try node.hessian(withRespectTo: [other]) }
        survives("vector \(i), \(j)") { _ = try node.hessianVectorProduct(withRespectTo: [node], along: [other]) }
        survives("enclosures \(i), \(j)") {
          _ = try node.enclosure(over: [(other, Enclosure(shape: other.shape, [Interval(0.5)]))])
        }
      }
      survives("derivation \(i)") { _ = try square(node).sum().derivation(withRespectTo: [node]) }
      survives("explain \(i)") { _ = try node.explain().text() }
    }
    survives("applyUpdates") { try graph.applyUpdates() }
  }

  @Test func aGraphIsNotEnteredTwice() {
    let graph = Graph(), x = graph.input("x", [1, 2])
    survives("scope") { _ = try graph.scope { try graph.scope { try (x + 1).value() } } }
    survives("scope in a scope that throws") {
      try graph.scope { () throws -> Void in
        _ = try graph.scope { try (x + graph.input("y", [1, 2, 3])).value() }
      }
    }
    survives("compiling while recording") {
      _ = try valueAndGradient(at: 2) { x in
        _ = try x.graph.compile(inputs: [x], outputs: [x * x]).run([3])
        return x * x
      }
    }
  }

  @Test func tensors() {
    for (i, tensor) in Edge.tensors.enumerated() {
      for integer in Edge.integers {
        survives("argmax") { _ = tensor.argmax(axis: integer) }
        survives("rows") { _ = tensor.rows(at: [integer]) }
        survives("element") { _ = tensor[integer] }
        survives("elements") { _ = tensor[integer, integer] }
        survives("assigning") {
          var copy = tensor
          copy[integer] = .nan
        }
      }
      for shape in Edge.shapes where shape.rank < 1001 { survives("reshaped") { _ = tensor.reshaped(to: shape) } }
      for type in [ElementType.float32, .float64, .int32] { survives("converted") { _ = tensor.converted(to: type) } }
      for other in Edge.tensors {
        survives("arithmetic \(i)") { _ = (tensor + other, tensor - other, tensor * other, tensor / other) }
        survives("joined \(i)") { _ = Tensor.joined([tensor, other]) }
      }
      survives("scalar") { _ = try tensor.scalar() }
      survives("valueAndGradient") { _ = try valueAndGradient(at: tensor) { square($0).sum() } }
      survives("text") { _ = "\(tensor)" }
      survives("map") { _ = tensor.map { _ in .nan } }
    }
  }

  @Test func checks() {
    let nodes = Edge.nodes(in: Graph())
    for node in nodes {
      for other in [node, nodes[1]] {
        for order in Edge.integers where order < 2 || order > 3 {
          survives("checkGradients") { _ = try checkGradients(of: other.sum(), withRespectTo: [node], order: order) }
        }
        survives("directions") {
          _ = try checkGradients(of: other.sum(), withRespectTo: [node], mode: .directions(.min, seed: 0))
        }
      }
    }
  }

  /// What is not called by itself: requirements of protocols, questions to a backward pass, a deprecated name.
  private static let others = [
    "step", "whyNone", "contributions", "shape", "node", "callAsFunction", "forward", "hash", "localGradient",
    "resolved", "batched",
  ]

  /// Every public function of nodes and every loss is called by a sweep.
  @Test func everyFunctionIsSwept() throws {
    let here = URL(filePath: #filePath).deletingLastPathComponent()
    let swept = try FileManager.default.contentsOfDirectory(atPath: here.path).map {
      try String(contentsOf: here.appending(path: $0), encoding: .utf8)
    }.joined()
    let sources = here.appending(path: "../../../Sources").standardizedFileURL
    for folder in ["ChainRuleCore/Primitives", "ChainRuleCore/Backward", "ChainRuleTraining/Losses"] {
      let files = FileManager.default.enumerator(at: sources.appending(path: folder), includingPropertiesForKeys: nil)
      for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
          guard let match = line.firstMatch(of: /^ {0,2}public func `?([A-Za-z0-9]+)`?\(/) else { continue }
          let name = String(match.1)
          let isCalled = swept.contains("\(name)(") || swept.contains("\(name)`(")
          #expect(isCalled || Self.others.contains(name), "\(name) of \(file.lastPathComponent) is called by no sweep")
        }
      }
    }
  }
}
