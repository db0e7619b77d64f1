/// y = sinh x = (eˣ − e⁻ˣ)/2, dy/dx = cosh x. Right to the end of the range: sinh 710 is finite where e⁷¹⁰ is not.
struct Sinh: TabulatedPrimitive {
  static let opcode = Opcode.sinh
  static let descriptor = PrimitiveDescriptor(
    equation: "sinh x", derivatives: ["cosh x"], call: "sinh", notation: .function(latex: "\\sinh"),
    script: "Math.sinh(a)", accuracy: .init(single: 1.5, double: 2), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(cosh(inputs[0]))
  }
}

/// (eˣ − e⁻ˣ)/2, to the end of the range.
public func sinh(_ x: Node) -> Node { x.graph.unary(.sinh, x) }
