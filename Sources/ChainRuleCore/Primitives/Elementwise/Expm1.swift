/// y = eˣ − 1 without losing digits near 0, dy/dx = eˣ (not y + 1, which loses the digits of a tiny eˣ).
struct Expm1: TabulatedPrimitive {
  static let opcode = Opcode.expm1
  static let descriptor = PrimitiveDescriptor(
    equation: "eˣ − 1", derivatives: ["eˣ"], call: "expm1", script: "Math.expm1(a)",
    accuracy: .init(single: 1.6, double: 2), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(exp(inputs[0]))
  }
}

/// eˣ − 1 without losing digits near 0.
public func expm1(_ x: Node) -> Node { x.graph.unary(.expm1, x) }
