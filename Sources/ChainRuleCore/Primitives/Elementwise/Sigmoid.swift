/// y = 1/(1 + e⁻ˣ), dy/dx = y(1 − y). The kernel takes e^−|x|, so that nothing overflows.
struct Sigmoid: TabulatedPrimitive {
  static let opcode = Opcode.sigmoid
  static let descriptor = PrimitiveDescriptor(
    equation: "1/(1 + e⁻ˣ)", derivatives: ["y(1 − y)"], call: "sigmoid", aliases: ["expit"],
    notation: .function(latex: "\\sigma"),
    script: "a>=0?1/(1+Math.exp(-a)):Math.exp(a)/(1+Math.exp(a))", accuracy: .init(single: 2.5, double: 2.5),
    course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output * (1 - output))
  }
}

/// 1/(1 + e⁻ˣ) without overflow.
public func sigmoid(_ x: Node) -> Node { x.graph.unary(.sigmoid, x) }
