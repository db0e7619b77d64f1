/// y = 1/x, dy/dx = −1/x² = −y².
struct Reciprocal: TabulatedPrimitive {
  static let opcode = Opcode.reciprocal
  static let descriptor = PrimitiveDescriptor(
    equation: "1/x", derivatives: ["−1/x²"], call: "reciprocal", notation: .reciprocal, glyph: "1 / x", script: "1/a",
    domains: [.nonzero], course: .rule { Interval(1) / $0[0] })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-square(output))
  }
}

/// 1/x; ±∞ at ±0.
public func reciprocal(_ x: Node) -> Node { x.graph.unary(.reciprocal, x) }
