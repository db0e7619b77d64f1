/// y = I₁(x), the modified Bessel function of order 1; dy/dx = ½ (I₀(x) + I₂(x)), which does not cancel near 0.
struct BesselI1: TabulatedPrimitive {
  static let opcode = Opcode.besselI1
  static let descriptor = PrimitiveDescriptor(
    equation: "I₁(x)", derivatives: ["½ (I₀(x) + I₂(x))"], call: "besselI1", aliases: ["i1"],
    notation: .function(latex: "I_1"), script: PageScripts.besselI1, accuracy: .init(single: 0.55, double: 0.55),
    course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(0.5 * (besselI0(inputs[0]) + besselI(2, inputs[0])))
  }
}

/// The modified Bessel function I₁(x).
public func besselI1(_ x: Node) -> Node { x.graph.unary(.besselI1, x) }
