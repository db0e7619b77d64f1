import ChainRule
import Foundation
import Testing

/// Taylor series against closed forms and against tangents of tangents.
@Suite struct SeriesTests {
  struct Closed: CustomTestStringConvertible, Sendable {
    let name: String, at: Double, coefficients: [Double]
    let function: @Sendable (Node) -> Node
    var testDescription: String { name }
  }

  private static func factorials(_ n: Int) -> [Double] {
    (0...n).map { (1..<($0 + 1)).reduce(1.0) { $0 * Double($1) } }
  }

  private static func sample(
    _ name: String, at x: Double = 0, _ coefficients: [Double], _ function: @escaping @Sendable (Node) -> Node
  ) -> Closed { Closed(name: name, at: x, coefficients: coefficients, function: function) }

  /// Twelve coefficients by a rule for each.
  private static func rule(_ coefficient: (Int, Double) -> Double) -> [Double] {
    zip(0..., factorials(12)).map { coefficient($0, $1) }
  }

  private static let signs: [Double] = [0, 1, 0, -1]
  private static let erfCoefficients: [Double] = [0, 1, 0, -1.0 / 3, 0, 0.1, 0, -1.0 / 42]

  static let closed: [Closed] = [
    sample("exp", rule { 1 / $1 }) { exp($0) },
    sample("sin", rule { signs[$0 % 4] / $1 }) { sin($0) },
    sample("cos", rule { signs[($0 + 1) % 4] / $1 }) { cos($0) },
    sample("1/(1-x)", rule { _, _ in 1 }) { 1 / (1 - $0) },
    sample("log(1+x)", rule { k, _ in k == 0 ? 0 : k % 2 == 0 ? -1 / Double(k) : 1 / Double(k) }) { log1p($0) },
    sample("atan", rule { k, _ in k == 0 ? 0 : signs[k % 4] / Double(k) }) { atan($0) },
    // tanh x = x − x³/3 + 2x⁵/15 − 17x⁷/315 + 62x⁹/2835 − …
    sample("tanh", [0, 1, 0, -1.0 / 3, 0, 2.0 / 15, 0, -17.0 / 315, 0, 62.0 / 2835]) { tanh($0) },
    // √(1+x) = 1 + x/2 − x²/8 + x³/16 − 5x⁴/128 + 7x⁵/256 − …
    sample("sqrt", at: 1, [1, 0.5, -0.125, 0.0625, -5.0 / 128, 7.0 / 256]) { sqrt($0) },
    sample("x^5", at: 2, [32, 80, 80, 40, 10, 1, 0, 0]) { pow($0, 5) },
    // erf x = 2/√π (x − x³/3 + x⁵/10 − x⁷/42 + …)
    sample("erf", erfCoefficients.map { $0 * 1.1283791670955126 }) { erf($0) },
    sample("a constant", at: 3, [7, 0, 0]) { $0.graph.constant(7) },
  ]

  @Test(arguments: closed) func coefficientsInClosedForm(sample: Closed) throws {
    let graph = Graph(), x = graph.input("x", sample.at)
    let series = try sample.function(x).series(along: [(x, 1)], order: sample.coefficients.count - 1)
    for (node, expected) in zip(series, sample.coefficients) { expectClose(try node.scalar(), expected, 1e-13) }
  }

  struct Nested: CustomTestStringConvertible, Sendable {
    let name: String
    let function: @Sendable (Node, Node) throws -> Node
    var testDescription: String { name }
  }

  static let nested: [Nested] = [
    Nested(name: "products of matrices that move") { x, w in x.matmul(w).matmul(x) },
    Nested(name: "softmax") { x, w in softmax(x.matmul(w), axis: 1) },
    Nested(name: "log-sum-exp") { x, w in logSumExp(x * w, axes: [1]) },
    Nested(name: "a network") { x, w in tanh(tanh(x.matmul(w)).matmul(w)).sum() },
    Nested(name: "norms") { x, w in (x + w).norm() / x.variance() },
    Nested(name: "moves") { x, w in concatenate([x.transposed(), w[0..<1]]).cumulativeSum(axis: 0) * x[0, 0] },
    Nested(name: "pieces") { x, w in relu(x) * abs(w) + maximum(x, w) * softplus(x) },
    Nested(name: "powers") { x, w in pow(square(x) + 0.5, w) },
    Nested(name: "images") { x, w in
      convolution2d(x.reshaped(to: [1, 1, 2, 2]), weight: w.reshaped(to: [1, 1, 2, 2])) * sigmoid(x)
    },
    Nested(name: "loops") { x, w in
      try scan(over: x, from: [w[0]]) { carried, row in
        let next = sin(carried[0] * row) + w[1]
        return ([next], [next * row])
      }.outputs[0] * x
    },
    Nested(name: "choices") { x, w in try condition(w[0, 0] .> 0, then: { exp(x) * w }, else: { sin(x) }) },
    Nested(name: "while loops") { x, w in
      try whileLoop(from: [x], bound: 9, while: { 4 - $0[0].norm() }, { [$0[0] * 1.3 + w * 0.1] })[0]
    },
    Nested(name: "fixed points") { x, w in
      try fixedPoint(from: x.stoppingGradient()) { z, _ in 0.4 * tanh(w.matmul(z)) + x } * w
    },
    Nested(name: "roots") { x, w in
      try root(from: x.stoppingGradient(), parameters: [x, w]) { z, p in z + 0.3 * sin(z) * p[1] - p[0] }
    },
    Nested(name: "minima") { x, w in
      try argmin(from: x.stoppingGradient(), parameters: [x, w]) { z, p in
        square(z - p[0]).sum() + (exp(0.3 * z) * square(p[1])).sum()
      }
    },
    Nested(name: "linear systems that move") { x, w in
      try solveLinear(sin(x)) { v in v + 0.3 * w.matmul(v) - 0.2 * x * v }
    },
    Nested(name: "linear systems that stay") { x, w in try solveLinear(x * w) { v in 2 * v - 0.5 * v.transposed() } },
    Nested(name: "own gradients") { x, w in
      withGradient(of: [x, w], value: { $0[0] * $0[1] }) { u, x, y in [u * x[1] * cos(x[0]), u * y * x[0]] } * x
    },
    Nested(name: "gradients on their way back alone") { x, w in
      exp(x * w).clippingGradient(norm: 0.1) + straightThrough(x) { round($0) } * square(w).scalingGradient(by: -2)
    },
    Nested(name: "equations") { x, w in
      let times = x.graph.constant([0, 0.3])
      return try odeint(from: x, at: times, relative: 1e-4, absolute: 1e-4) { _, y, _ in -y * w + square(y) }[1]
    },
  ]

  /// The k-th derivative along the line by k tangents, one of the other.
  @Test(arguments: nested) func equalsNestedTangents(sample: Nested) throws {
    let graph = Graph(), order = 4
    let x = graph.input("x", [[0.3, -0.7], [0.9, 0.4]]), w = graph.input("w", [[0.5, 0.2], [-0.6, 1.1]])
    let dx = graph.constant([[1, 0.5], [-0.3, 0.8]]), dw = graph.constant([[0.2, -1], [0.4, 0.7]])
    let f = try sample.function(x, w)
    let series = try f.series(along: [(x, dx), (w, dw)], order: order)
    var derivative = f, factorial = 1.0
    for k in 1...order {
      derivative = try derivative.tangent(along: [(x, dx), (w, dw)])
      factorial *= Double(k)
      try expectClose(series[k] * factorial, derivative, 1e-10)
    }
    // The coefficients are nodes like any others.
    let slope = try series[1].sum().gradients(withRespectTo: [x])[0]
    let first = try f.tangent(along: [(x, dx), (w, dw)]).sum()
    try expectClose(slope, first.gradients(withRespectTo: [x])[0], 1e-10)
  }

  /// The number of nodes grows with the square of the order, not doubling with each.
  @Test func costGrowsWithTheSquare() throws {
    func nodes(_ order: Int) throws -> Int {
      let graph = Graph(), x = graph.input("x", [0.1, 0.2])
      let w = graph.constant([[0.3, -0.5], [0.7, 0.2]])
      let f = (0..<10).reduce(x) { y, _ in tanh(w.matmul(y)) }
      let before = graph.nodeCount
      let series = try f.series(along: [(x, [1, 1])], order: order)
      for node in series { #expect(try node.value().scalars.allSatisfy(\.isFinite)) }
      return graph.nodeCount - before
    }
    #expect(try nodes(20) < 5 * nodes(10))
  }

  /// Kepler's equation M = E − e·sin E around M = 0: E = M/(1 − e) − e·M³/(6(1 − e)⁴) + …; W(x) = Σ (−n)ⁿ⁻¹xⁿ/n!.
  @Test func implicitSeriesInClosedForm() throws {
    let graph = Graph(), m = graph.input("M", 0), e = 0.3
    let anomaly = try fixedPoint(from: graph.constant(0.1), parameters: [m]) { x, p in p[0] + e * sin(x) }
    let odd: [Double] = [
      0, 1 / (1 - e), 0, -e / (6 * 0.7 * 0.7 * 0.7 * 0.7), 0,
      (9 * e * e + e) / (120 * 0.7 * 0.7 * 0.7 * 0.7 * 0.7 * 0.7 * 0.7),
    ]
    for (node, wanted) in zip(try anomaly.series(along: [(m, 1)], order: 5), odd) {
      expectClose(try node.scalar(), wanted, 1e-11)
    }
    let x = graph.input("x", 0)
    let w = try root(from: graph.constant(0.2), parameters: [x]) { w, p in w * exp(w) - p[0] }
    let lambert: [Double] = [0, 1, -1, 1.5, -8.0 / 3, 125.0 / 24, -10.8, 16807.0 / 720]
    for (node, wanted) in zip(try w.series(along: [(x, 1)], order: 7), lambert) {
      expectClose(try node.scalar(), wanted, 1e-10)
    }
    // Where the search begins moves nothing.
    let y = graph.input("y", 1), still = try root(from: y) { z, _ in z * z - 2 }
    #expect(try still.series(along: [(y, 1)], order: 2).dropFirst().map { try $0.scalar() } == [0, 0])
  }

  /// A primitive with several outputs: a circle's point by its angle.
  @Test func severalOutputs() throws {
    struct Circle: SeveralOutputsPrimitive {
      let name = "circle"
      func shapes(of inputs: [Shape]) throws -> [Shape] { [inputs[0], inputs[0]] }
      func forward(_ inputs: [Tensor]) throws -> [Tensor] {
        [inputs[0].map { Foundation.cos($0) }, inputs[0].map { Foundation.sin($0) }]
      }
      func pullback(_ upstreams: [Node?], of outputs: [Node], inputs: [Node]) throws -> [Node?] { [nil] }
      func pushforward(_ tangents: [Node?], of outputs: [Node], inputs: [Node]) throws -> [Node?] {
        [tangents[0].map { -$0 * outputs[1] }, tangents[0].map { $0 * outputs[0] }]
      }
    }
    let graph = Graph(), angle = graph.input("angle", [0, 0.5])
    let point = try graph.record(Circle(), [square(angle)])
    let direct = [cos(square(angle)), sin(square(angle))]
    for (a, b) in zip(point, direct) {
      let rows = zip(
        try a.series(along: [(angle, [1, 2])], order: 6), try b.series(along: [(angle, [1, 2])], order: 6))
      for (p, q) in rows { try expectClose(p, q) }
    }
  }

  @Test func alongAPath() throws {
    // sin(1 + t² + t³): coefficients by hand.
    let graph = Graph(), x = graph.input("x", 1)
    let series = try sin(x).series(moving: [(x, [0, 1, 1].map { graph.constant($0) })], order: 4)
    let (s, c) = (0.8414709848078965, 0.5403023058681398)
    for (node, expected) in zip(series, [s, 0, c, c, -s / 2]) { expectClose(try node.scalar(), expected) }
    #expect(message { _ = try sin(x).series(along: [(x, [1, 2])], order: 2) }.contains("directions of the shape []"))
    #expect(message { _ = try sin(x).series(along: [(x, 1)], order: -1) }.contains("an order from 0 to 1000"))
  }
}
