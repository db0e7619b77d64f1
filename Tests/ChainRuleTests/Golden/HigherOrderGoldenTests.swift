import Testing

import ChainRule
@testable import ChainRuleCore

/// Hessians, Hessian-vector products and third derivatives beside those of JAX.
@Suite("Higher derivatives agree with JAX")
struct HigherOrderGoldenTests {
  @Test(arguments: Golden.higherOrder.filter { $0.json["hessian"] != .null })
  func hessians(golden: GoldenCase) throws {
    let graph = Graph()
    let x = graph.input("x", try #require(golden.array("x")).tensor)
    let f = try #require(function(golden, x))
    try expect(golden, "value", f)
    let gradient = try f.gradients(withRespectTo: [x])[0]
    try expect(golden, "gradient", gradient)
    try expect(golden, "hessian", try f.hessian(withRespectTo: [x])[0][0])
    let v = graph.input("v", try #require(golden.array("v")).tensor)
    let product = try f.hessianVectorProduct(withRespectTo: [x], along: [v])[0]
    try expect(golden, "hvp", product)
    try expect(golden, "vhv", (v * product).sum())
    // d²/dt² ∇f(x + t v): forward over forward over reverse.
    try expect(golden, "directional_third", try gradient.tangent(along: [(x, v)]).tangent(along: [(x, v)]))
  }

  @Test(arguments: Golden.higherOrder.filter { $0.operation.hasPrefix("scalar:") })
  func scalarDerivatives(golden: GoldenCase) throws {
    let graph = Graph()
    let x = graph.input("x", try #require(golden.array("x")).tensor)
    let function = try #require(scalarFunctions[golden.operation], "\(golden.operation)")
    var derivative = function(x)
    let orders = golden.json["derivatives"].array
    #expect(orders.count == 5)
    for (order, expected) in orders.enumerated() {
      let expected = try #require(GoldenArray(expected))
      let mismatch = expected.mismatch(try derivative.value())
      #expect(mismatch == nil, "derivative \(order) of \(golden.operation)")
      if order + 1 < orders.count { derivative = try derivative.sum().gradients(withRespectTo: [x])[0] }
    }
  }

  @Test func vectorFunction() throws {
    let golden = try #require(Golden.higherOrder.first { $0.operation == "vector" })
    let graph = Graph()
    let x = graph.input("x", try #require(golden.array("x")).tensor)
    let (x0, x1, x2) = (x[0], x[1], x[2])
    let f = stack([x0 * x1 * x2, sin(x0) + square(x1), exp(x2 - x0), x1 / (1 + square(x2))])
    try expect(golden, "value", f)
    try expect(golden, "jacobian", try f.jacobian(withRespectTo: x))
    let u = graph.constant(try #require(golden.array("u")).tensor)
    try expect(golden, "vjp", try f.gradients(withRespectTo: [x], upstream: u)[0])
    try expect(golden, "jvp", try f.tangent(along: [(x, try #require(golden.array("v")).tensor)]))
    let hessians = try (0..<4).map { try f[$0].hessian(withRespectTo: [x])[0][0] }
    try expect(golden, "hessians", stack(hessians))
  }

  private func expect(_ golden: GoldenCase, _ key: String, _ node: Node) throws {
    guard let expected = golden.array(key) else {
      Issue.record("\(golden.name) has no \(key)")
      return
    }
    let mismatch = expected.mismatch(try node.value(), relative: 1e-10, absolute: 1e-11)
    #expect(mismatch == nil, "\(key) of \(golden.name)")
  }

  private func function(_ golden: GoldenCase, _ x: Node) -> Node? {
    func data(_ name: String) -> Node {
      x.graph.constant(GoldenArray(golden.json["data"][name])?.tensor ?? Tensor(.nan))
    }
    let count = x.shape[0]
    switch golden.operation {
    case "rosenbrock":
      let (here, next) = (x[0..<(count - 1)], x[1...])
      return (100 * square(next - square(here)) + square(1 - here)).sum()
    case "logistic_regression":
      let z = data("X").matmul(x)
      let l2 = golden.attributes["l2"].double ?? 0
      return (softplus(z) - data("y") * z).mean() + l2 / 2 * square(x).sum()
    case "tanh_mlp":
      let (inputs, hidden) = (golden.attributes["inputs"].int ?? 0, golden.attributes["hidden"].int ?? 0)
      let weights = inputs * hidden
      let w1 = x[0..<weights].reshaped(to: [hidden, inputs])
      let b1 = x[weights..<(weights + hidden)]
      let w2 = x[(weights + hidden)..<(weights + 2 * hidden)]
      let b2 = x[weights + 2 * hidden]
      let output = tanh(data("X").matmul(w1.transposed()) + b1).matmul(w2) + b2
      return square(output - data("y")).mean()
    default: return nil
    }
  }

  private let scalarFunctions: [String: @Sendable (Node) -> Node] = [
    "scalar:tanh": { tanh($0) }, "scalar:sigmoid": { sigmoid($0) }, "scalar:softplus": { softplus($0) },
    "scalar:x_power_4": { pow($0, 4) }, "scalar:exp_sin": { exp(sin($0)) }, "scalar:gelu_erf": { gelu($0) },
    "scalar:reciprocal_1_plus_x2": { 1 / (1 + square($0)) },
  ]
}
