/// y = arctan x (radians), dy/dx = 1/(1 + x²).
struct Atan: TabulatedPrimitive {
  static let opcode = Opcode.atan
  static let descriptor = PrimitiveDescriptor(
    equation: "arctan x", derivatives: ["1/(1 + x²)"], call: "atan", aliases: ["arctan"], script: "Math.atan(a)",
    accuracy: .init(single: 2, double: 2), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(reciprocal(1 + square(inputs[0])))
  }
}

/// arctan x (radians), between −π/2 and π/2.
public func atan(_ x: Node) -> Node { x.graph.unary(.atan, x) }
