/// y = ln(1 + x) without losing digits near 0, dy/dx = 1/(1 + x).
struct Log1p: TabulatedPrimitive {
  static let opcode = Opcode.log1p
  static let descriptor = PrimitiveDescriptor(
    equation: "ln(1 + x)", derivatives: ["1/(1 + x)"], call: "log1p", script: "Math.log1p(a)", domains: [.above(-1)],
    accuracy: .init(single: 1.5, double: 1.5), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(reciprocal(1 + inputs[0]))
  }
}

/// ln(1 + x) without losing digits near 0.
public func log1p(_ x: Node) -> Node { x.graph.unary(.log1p, x) }
