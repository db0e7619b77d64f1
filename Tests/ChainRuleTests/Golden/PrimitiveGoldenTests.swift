import Testing

import ChainRule
@testable import ChainRuleCore

/// Values, gradients and tangents of every primitive beside those of PyTorch and JAX.
@Suite("Primitives agree with PyTorch and JAX")
struct PrimitiveGoldenTests {
  /// Extreme cases that float32 cannot hold. `logsumexp_extreme`: a sum of 1000.31 keeps four digits of what the
  /// softmax in its gradient depends on.
  static let beyondSingle: Set<String> = ["logsumexp_extreme"]

  static let cases = Golden.primitives

  @Test(arguments: cases)
  func inDouble(golden: GoldenCase) throws {
    try check(golden, .double, relative: 1e-10, absolute: 1e-12)
  }

  @Test(arguments: cases.filter { !beyondSingle.contains($0.name) })
  func inSingle(golden: GoldenCase) throws {
    try check(golden, .single, relative: 1e-5, absolute: 1e-6)
  }

  @Test func everyCaseIsThere() {
    #expect(Golden.primitives.count == 286)
    #expect(Self.beyondSingle.isSubset(of: Set(Golden.primitives.map(\.name))))
  }

  private func check(_ golden: GoldenCase, _ precision: Graph.Precision, relative: Double, absolute: Double) throws {
    let graph = Graph(precision)
    let inputs = golden.inputs.map { graph.input($0.name, $0.tensor) }
    let output = try #require(recorded(golden, inputs), "no way to record \(golden.operation)")
    func expect(_ node: Node?, _ expected: GoldenArray?, _ what: String) throws {
      let expected = try #require(expected)
      guard let node else {
        Issue.record("\(golden.name): no \(what)")
        return
      }
      let mismatch = expected.mismatch(try node.value(), relative: relative, absolute: absolute)
      #expect(mismatch == nil, "\(golden.name), \(what)")
    }

    try expect(output, golden.output, "value")
    let cotangent = try #require(golden.array("cotangent"))
    let gradients = output.backward(upstream: graph.constant(cotangent.tensor))
    let names = golden.inputs.map(\.name)
    for (name, expected) in golden.arrays("vjp") {
      let index = try #require(names.firstIndex(of: name))
      try expect(gradients[inputs[index]], expected, "gradient of \(name)")
    }
    guard let expected = golden.array("jvp") else { return }
    let directions = golden.arrays("tangents").compactMap { name, direction in
      names.firstIndex(of: name).map { (inputs[$0], direction.tensor) }
    }
    try expect(output.tangent(along: directions), expected, "tangent")
  }
}
