/// y = e^(x²) erfc x; its derivatives are functions of their own, since 2xy − 2/√π would cancel.
struct Erfcx: TabulatedPrimitive {
  static let opcode = Opcode.erfcx
  static let descriptor = PrimitiveDescriptor(
    equation: "e^(x²) erfc x", derivatives: ["erfcx′ x"], call: "erfcx", script: PageScripts.erfcx,
    accuracy: .init(single: 0.55, double: 0.55), course: .falling)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.binary(.erfcxDerivative, output.graph.constant(1 as Double), inputs[0]))
  }
}

/// The scaled complementary error function e^(x²) erfc x, about 1/(x√π) for large x.
public func erfcx(_ x: Node) -> Node { x.graph.unary(.erfcx, x) }
