/// y = arsinh x, dy/dx = 1/√(x² + 1).
struct Asinh: TabulatedPrimitive {
  static let opcode = Opcode.asinh
  static let descriptor = PrimitiveDescriptor(
    equation: "arsinh x = ln(x + √(x² + 1))", derivatives: ["1/√(x² + 1)"], call: "asinh",
    aliases: ["arsinh", "arcsinh"], script: "Math.asinh(a)", accuracy: .init(single: 1.4, double: 2),
    course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(reciprocal(hypot(1, inputs[0])))
  }
}

/// arsinh x, the inverse of sinh.
public func asinh(_ x: Node) -> Node { x.graph.unary(.asinh, x) }
