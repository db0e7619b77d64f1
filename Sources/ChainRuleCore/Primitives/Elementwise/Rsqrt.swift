/// y = 1/√x, dy/dx = −y³/2.
struct Rsqrt: TabulatedPrimitive {
  static let opcode = Opcode.rsqrt
  static let descriptor = PrimitiveDescriptor(
    equation: "1/√x", derivatives: ["−y³/2"], call: "rsqrt", script: "1/Math.sqrt(a)", domains: [.above(0)],
    accuracy: .init(single: 1.5, double: 1.5), course: .falling)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-0.5 * output * square(output))
  }
}

/// 1/√x; ∞ at 0, NaN below.
public func rsqrt(_ x: Node) -> Node { x.graph.unary(.rsqrt, x) }
