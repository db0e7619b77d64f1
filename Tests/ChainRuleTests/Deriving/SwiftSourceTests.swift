import ChainRule
import Foundation
import Testing

/// Gradients written as Swift: what is compiled here is what is written, and computes the gradient.
@Suite("Gradients as Swift source")
struct SwiftSourceTests {
  typealias Case = (
    type: String, source: String, shapes: [String: [Int]], by: String, compiled: @Sendable ([String: Node]) -> Node?
  )

  static let cases: [Case] = [
    (
      "SigmoidNeuron", "sigmoid(w*x + b)", ["w": [], "x": [], "b": []], "w",
      { n in
        with(n, "w", "x", "b") { SigmoidNeuron.gradientByW(w: $0, x: $1, b: $2) }
      }
    ),
    (
      "LeastSquares", "sum((W@x - y)^2)", ["W": [3, 2], "x": [2], "y": [3]], "W",
      { n in
        with(n, "W", "x", "y") { LeastSquares.gradientByW(W: $0, x: $1, y: $2) }
      }
    ),
    (
      "LeastSquares", "sum((W@x - y)^2)", ["W": [3, 2], "x": [2], "y": [3]], "x",
      { n in
        with(n, "W", "x", "y") { LeastSquares.gradientByX(W: $0, x: $1, y: $2) }
      }
    ),
    (
      "SoftmaxEntropy", "-sum(y*log(softmax(W@x)))", ["W": [3, 2], "x": [2], "y": [3]], "W",
      { n in
        with(n, "W", "x", "y") { SoftmaxEntropy.gradientByW(y: $2, W: $0, x: $1) }
      }
    ),
    (
      "Quadratic", "x @ A @ x", ["A": [3, 3], "x": [3]], "A",
      { n in
        with(n, "A", "x", "x") { a, x, _ in Quadratic.gradientByA(x: x, A: a) }
      }
    ),
    (
      "Elements", "x[0]*x[1] + sqrt(1 + x[2]^2)", ["x": [3]], "x",
      { n in
        with(n, "x", "x", "x") { x, _, _ in Elements.gradientByX(x: x) }
      }
    ),
  ]

  private static func with(
    _ nodes: [String: Node], _ a: String, _ b: String, _ c: String, _ body: (Node, Node, Node) -> Node
  ) -> Node? {
    guard let a = nodes[a], let b = nodes[b], let c = nodes[c] else { return nil }
    return body(a, b, c)
  }

  @Test(arguments: cases.indices) func whatIsWrittenCompilesAndComputesTheGradient(number: Int) throws {
    let (type, source, shapes, by, compiled) = Self.cases[number]
    let network = try DerivationTests.Network(source, shapes)
    let node = try #require(network.inputs[by])
    let truth = try network.output.gradients(withRespectTo: [node])[0].value()
    let value = try #require(compiled(network.inputs)).value()
    #expect(value.shape == truth.shape)
    for (a, b) in zip(value.scalars, truth.scalars) { #expect(abs(a - b) <= 1e-12 * max(1, abs(b)), "\(source)") }

    let name = "gradientBy" + by.prefix(1).uppercased() + by.dropFirst()
    let text = try network.output.derivation(withRespectTo: [node]).formula(of: node)
      .swift(function: name, inputs: Expression(source).inputs)
    let file = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "WrittenGradients.swift"),
      encoding: .utf8)
    let written = text.replacing("func ", with: "  static func ").replacing("\n", with: "\n  ")
    #expect(file.filter { !$0.isWhitespace }.contains(written.filter { !$0.isWhitespace }), "\(type): \(text)")
  }
}
