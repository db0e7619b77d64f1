/// y = arcosh x, dy/dx = 1/√((x − 1)(x + 1)), a product that keeps its digits near 1. NaN below 1.
struct Acosh: TabulatedPrimitive {
  static let opcode = Opcode.acosh
  static let descriptor = PrimitiveDescriptor(
    equation: "arcosh x = ln(x + √(x² − 1))", derivatives: ["1/√((x − 1)(x + 1))"], convention: "∞ at 1", call: "acosh",
    aliases: ["arcosh", "arccosh"], script: "Math.acosh(a)", domains: [.above(1)],
    accuracy: .init(single: 1.2, double: 2.3), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(rsqrt(inputs[0] - 1) * rsqrt(inputs[0] + 1))
  }
}

/// arcosh x ≥ 0, the inverse of cosh; NaN below 1.
public func acosh(_ x: Node) -> Node { x.graph.unary(.acosh, x) }
