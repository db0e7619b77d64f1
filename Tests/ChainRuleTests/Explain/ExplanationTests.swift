import Foundation
import Testing

import ChainRule
@testable import ChainRuleCore
@testable import ChainRuleDrawing
@testable import ChainRuleExplaining

@Suite("Explanations")
struct ExplanationTests {
  private func xyz() throws -> Explanation {
    let graph = Graph()
    let x = graph.input("x", -2), y = graph.input("y", 5), z = graph.input("z", -4)
    return try ((x + y) * z).explain()
  }

  @Test("The lecture's first graph: values, gradients, local gradients, upstreams and products")
  func firstGraph() throws {
    let explanation = try xyz()
    #expect(explanation.title == "(x + y) · z")
    #expect(explanation.nodes.map(\.symbol) == ["x", "y", "z", "v1", "f"])
    #expect(explanation.nodes.map { $0.value?.scalar } == [-2, 5, -4, 3, -12])
    #expect(explanation.nodes.map { $0.gradient.value?.scalar } == [-4, -4, 3, -4, 1])
    let edge = try #require(explanation.edges.first { explanation.nodes[$0.node].symbol == "v1" })
    #expect(edge.local == "z")
    #expect(edge.factor?.scalar == -4)
    #expect(edge.upstream?.scalar == 1)
    #expect(edge.product?.scalar == -4)
  }

  @Test("Frames tell the arithmetic of each step in the order of the pass")
  func frames() throws {
    let explanation = try xyz()
    #expect(
      explanation.frames.map { explanation.sentence(for: $0) } == [
        "start: gradient of f with respect to itself = 1",
        "gradient of v1 = upstream 1 × local gradient z (-4) = -4",
        "gradient of z = upstream 1 × local gradient v1 (3) = 3",
        "gradient of x = upstream -4 × local gradient 1 = -4",
        "gradient of y = upstream -4 × local gradient 1 = -4",
      ])
    #expect(explanation.sentence(for: explanation.forwardFrames[4]) == "f = v1 · z = 3 · (-4) = -12")
    #expect(explanation.sentence(for: explanation.frames[1], typographic: true).hasSuffix("(−4) = −4"))
  }

  @Test("Two paths reach h1 of the two-layer regression, and the text shows their sum")
  func sumOverPaths() throws {
    let sample = try #require(ExplainSamples.lectures.first { $0.name == "two-layer-regression" })
    let explanation = try sample.explain()
    let text = explanation.text()
    #expect(text.contains("0.055399425 + (-0.019049118) = 0.036350306"))
    let h1 = try #require(explanation["h1"])
    let sum = try #require(explanation.sums.first { $0.node == h1.id })
    let products = sum.edges.compactMap { explanation.edges[$0].product?.scalar }
    #expect(zip(products, [0.05539942465142278, -0.019049118258278118]).allSatisfy { abs($0 - $1) < 1e-15 })
    let frames = explanation.frames.filter { $0.node == h1.id }
    #expect(frames.map(\.done) == [1, 2])
    #expect(frames.map(\.isFinal) == [false, true])
    #expect(explanation.sentence(for: frames[0]).contains("not final yet: 1 of 2 consumers done"))
  }

  @Test("Factors re-multiply and re-sum to the gradient, bit for bit", arguments: ExplainSamples.all)
  func bitForBit(sample: ExplainSamples.Sample) throws { try check(sample.explain()) }

  @Test("The same on random graphs", arguments: 1...60)
  func bitForBit(seed: Int) throws {
    try check(try ExplainSamples.random(seed: UInt64(seed), count: 8 + seed).explain())
  }

  @Test("The same in single precision", arguments: ExplainSamples.all)
  func bitForBitSingle(sample: ExplainSamples.Sample) throws {
    try check(try sample.record(in: Graph(.single)).explain()) { Double(Float($0)) }
  }

  private func check(_ explanation: Explanation, rounded: (Double) -> Double = { $0 }) throws {
    var running: [Int: [Double]] = [:]
    for frame in explanation.frames {
      guard let id = frame.edge else {
        running[frame.node] = explanation.nodes[frame.node].gradient.value?.scalars
        continue
      }
      let edge = explanation.edges[id]
      let product = try #require(edge.product)
      // The upstream was final when it was used.
      #expect(running[edge.consumer] == edge.upstream?.scalars)
      if let factor = edge.factor, let upstream = edge.upstream {
        let remultiplied = upstream.scalars.indices.map {
          rounded(upstream.scalars[$0] * (factor.scalars.count == 1 ? factor.scalars[0] : factor.scalars[$0]))
        }
        #expect(remultiplied == product.scalars)
      }
      running[frame.node] =
        running[frame.node].map { zip($0, product.scalars).map { rounded($0 + $1) } } ?? product.scalars
      #expect(running[frame.node] == frame.total?.scalars)
    }
    for node in explanation.nodes where node.gradient.value != nil {
      #expect(running[node.id] == node.gradient.value?.scalars, "gradient of \(node.symbol)")
    }
    for sum in explanation.sums { #expect(sum.total == explanation.nodes[sum.node].gradient.value) }
  }

  @Test("What is explained is what backward computes", arguments: ExplainSamples.all)
  func agreesWithBackward(sample: ExplainSamples.Sample) throws {
    let graph = Graph()
    let f = try sample.record(in: graph)
    let count = graph.nodeCount
    let explanation = try f.explain()
    #expect(graph.nodeCount == count, "the graph does not grow")
    let gradients = f.backward()
    for node in explanation.nodes where node.kind != .constant {
      let recorded = graph.node(Int32(node.recorded))
      #expect(try recorded.value().scalars == node.value?.scalars)
      #expect(try gradients[recorded]?.value().scalars == node.gradient.value?.scalars)
    }
  }

  @Test("A gradient is never a silent zero")
  func states() throws {
    let graph = Graph()
    let x = graph.input("x", 3), z = graph.input("z", 2), w = graph.input("w", -1), t = graph.input("t", 4)
    let zero = graph.input("o", 0)
    let f =
      maximum(z, w) * x + relu(w).named("r") + t.stoppingGradient() + zero * (x - x) + graph.constant(7).named("k")
    let explanation = try f.explain()
    func state(_ name: String) -> ExplainedGradient.State? { explanation[name]?.gradient.state }
    #expect(state("x") == .value)
    #expect(state("w") == .closedGate)
    #expect(state("o") == .zero)
    #expect(state("t") == .noPath)
    #expect(explanation["t"]?.gradient.reason?.contains("stoppingGradient() cuts the path") == true)
    #expect(state("k") == .notComputed)
    #expect(explanation.text().contains("0 (closed gate)"))
    #expect(explanation.text().contains("no path"))
    let asked = try f.explain(withRespectTo: [x])
    #expect(asked["z"]?.gradient.state == .notComputed)
    #expect(asked["z"]?.gradient.reason == "not asked for")
  }

  @Test("|x| at its kink is zero by convention; both of its pieces pass x on, so that it is no closed gate")
  func kinkOfAbs() throws {
    let graph = Graph()
    let x = graph.input("x", 0), y = graph.input("y", -1)
    let explanation = try (abs(x) + relu(y)).explain()
    #expect(explanation["x"]?.gradient.state == .zero)
    #expect(explanation["y"]?.gradient.state == .closedGate)
    #expect(explanation.edges.filter(\.gate).map { explanation.nodes[$0.node].symbol } == ["y"])
  }

  @Test(
    "A product of a matrix and a vector is one node under the name of the vector that it gives",
    arguments: [true, false])
  func namedProduct(isOutput: Bool) throws {
    let graph = Graph()
    let w = graph.input("W", [[1, 2], [3, 4]]), v = graph.input("v", [1, 2])
    let y = w.matmul(v).named("y")
    let explanation = try (isOutput ? y : (y * y).sum()).explain(paths: [v])
    #expect(!explanation.nodes.contains { $0.primitive == "reshape" })
    let node = try #require(explanation["y"])
    #expect(node.formula == "W · v" && node.name == "y" && node.shape == [2])
    #expect(node.value?.scalars == [5, 11])
    #expect(node.gradient.value == ExplainedValue(shape: [2], scalars: isOutput ? [1, 1] : [10, 22]))
    #expect(explanation["v"]?.gradient.value?.scalars == (isOutput ? [4, 6] : [76, 108]))
    #expect(explanation.paths(from: y).isEmpty == false, "the node that somebody holds is found")
    let asked = try (isOutput ? y : (y * y).sum()).explain(withRespectTo: [y])
    #expect(asked["y"]?.gradient.value == node.gradient.value)
  }

  @Test("A reshape that somebody named beside what it reshapes is drawn")
  func namedReshape() throws {
    let graph = Graph()
    let v = graph.input("v", [1, 2])
    let row = v.reshaped(to: [1, 2]).named("row")
    #expect(try (row * 2).sum().explain()["row"]?.primitive == "reshape")
    let column = (2 * v).named("double").reshaped(to: [2, 1]).named("column")
    #expect(try column.sum().explain()["column"]?.primitive == "reshape")
  }

  @Test("Products along all paths sum to the gradient", arguments: ExplainSamples.all)
  func paths(sample: ExplainSamples.Sample) throws {
    let graph = Graph()
    let f = try sample.record(in: graph)
    let explanation = try f.explain()
    for leaf in explanation.nodes where leaf.kind == .input && explanation.pathCount(to: leaf.id) <= 256 {
      let paths = explanation.paths(from: graph.node(Int32(leaf.recorded)))
      #expect(Double(paths.count) == explanation.pathCount(to: leaf.id))
      let gradient = leaf.gradient.value?.scalars ?? []
      var sum = [Double](repeating: 0, count: gradient.count)
      for path in paths {
        let product = try #require(path.product, "\(leaf.symbol)")
        sum = zip(sum, product.scalars).map(+)
      }
      for (a, b) in zip(sum, gradient) { #expect(abs(a - b) <= 1e-12 + 1e-9 * abs(b)) }
    }
  }

  @Test("A linear local gradient is shown as the map it is, and as a matrix on request")
  func linearMaps() throws {
    let graph = Graph()
    let x = graph.input("X", [[1, 2], [3, 4]]), w = graph.input("W", [[0.5, -1], [2, 0]])
    let explanation = try x.matmul(w).sum().explain(jacobians: true)
    let edges = explanation.edges.filter { explanation.nodes[$0.consumer].primitive == "matmul" }
    #expect(edges.map(\.local) == ["upstream · Wᵀ", "Xᵀ · upstream"])
    #expect(edges.allSatisfy { $0.kind == .linear })
    let jacobian = try #require(edges[0].jacobian)
    #expect(jacobian.shape == [4, 4])
    #expect(explanation.text().contains("Local gradients written out"))
    #expect(jacobian.scalars == [0.5, 2, 0, 0, -1, 0, 0, 0, 0, 0, 0.5, 2, 0, 0, -1, 0])
  }

  @Test("Forward-mode tangents stand beside the gradients")
  func tangents() throws {
    let graph = Graph()
    let x = graph.input("x", 3), y = graph.input("y", -4)
    let explanation = try (x * y + x).explain(tangents: [(x, 1)])
    #expect(explanation.nodes.map { $0.tangent?.scalar } == [1, 0, -4, -3])
    #expect(explanation.text().contains("tangent"))
  }

  @Test("An output of several elements gets an upstream of ones, and says so")
  func vectorOutput() throws {
    let graph = Graph()
    let x = graph.input("x", [1, 2, 3])
    let explanation = try (x * x).explain()
    #expect(explanation["x"]?.gradient.value?.scalars == [2, 4, 6])
    #expect(explanation.notes.contains { $0.contains("upstream is 1 for every element") })
  }

  @Test("Large tensors are summarized, and NaN does not hide in a summary")
  func summaries() throws {
    let graph = Graph()
    let x = graph.input("x", Tensor(shape: [10, 10], (0..<100).map(Double.init)))
    let value = try #require(try x.sum().explain()["x"]?.value)
    #expect(value.scalars.isEmpty)
    #expect(value.summary == .init(min: 0, mean: 49.5, max: 99))
    #expect(value.line() == "10×10: min 0, mean 49.5, max 99")
    let broken = ExplainedValue(shape: [100], scalars: [Double.nan] + [Double](repeating: 1, count: 99))
    #expect(broken.summary?.mean.isNaN == true)
    #expect(broken.summary?.max.isNaN == true)
  }

  @Test("A primitive of one's own is explained like any other, without page arithmetic")
  func customPrimitive() throws {
    let cube = ElementwiseFunction("cube", { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 })
    let x = Graph().input("x", 2)
    let explanation = try cube(x).explain()
    #expect(explanation.title == "cube(x)")
    #expect(explanation.edges[0].local == "3 · x · x")
    #expect(explanation.edges[0].factor?.scalar == 12)
    #expect(explanation.arithmetic == nil)
  }

  @Test("The JSON is the data: Foundation decodes it to an equal explanation", arguments: ExplainSamples.all)
  func json(sample: ExplainSamples.Sample) throws {
    let explanation = try sample.explain()
    let decoded = try JSONDecoder().decode(Explanation.self, from: Data(explanation.json().utf8))
    #expect(decoded == explanation)
    #expect(decoded.schema == "chainrule-explanation/1")
  }

  @Test("Infinities survive the JSON")
  func infinities() throws {
    let x = Graph().input("x", 0)
    let explanation = try log(x).explain()
    let decoded = try JSONDecoder().decode(Explanation.self, from: Data(explanation.json().utf8))
    #expect(decoded["f"]?.value?.scalar == -.infinity)
    #expect(decoded["x"]?.gradient.value?.scalar == .infinity)
    let endless = try (x * Double.infinity).explain()
    #expect(endless.arithmetic == nil)
    #expect(throws: Never.self) { try JSONDecoder().decode(Explanation.self, from: Data(endless.json().utf8)) }
  }

  @Test("A graph that nobody could read is refused, and a long one is not slow")
  func longGraphs() throws {
    let x = Graph().input("x", 0.5)
    var y = x
    for _ in 0..<3000 { y = sin(y) }
    let explanation = try y.explain()
    #expect(explanation.frames.count == 3001)
    #expect(explanation.text().contains("sin(v2998)"))
    #expect(explanation.latex(for: ["x"]).contains("\\end{align*}"))
    #expect(Picture(explanation).boxes.count < 200)
    for _ in 0..<60_000 { y = y + 1 }
    #expect(throws: ChainRuleError.self) { try y.explain() }
  }

  @Test("Gradients that are older nodes stay readable after a scope has closed")
  func olderGeneration() throws {
    let graph = Graph()
    let x = graph.input("x", 2), y = graph.input("y", 3)
    let f = x * y
    _ = try f.explain()
    #expect(try f.backward()[x]?.scalar() == 3)
    let g = square(x)
    let escaped = graph.scope { g.backward() }
    _ = [sin(x), cos(x), sin(y)]
    #expect(throws: ChainRuleError.self) { try escaped[x]?.scalar() }
  }

  @Test("A mistake on the way is thrown, not drawn")
  func mistakes() {
    let graph = Graph()
    let x = graph.input("x", [1, 2]), y = graph.input("y", [1, 2, 3])
    #expect(throws: ChainRuleError.self) { try (x * y).explain() }
    #expect(throws: ChainRuleError.self) { try graph.input("later", shape: []).explain() }
  }
}
