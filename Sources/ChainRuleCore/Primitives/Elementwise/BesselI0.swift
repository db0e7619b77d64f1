/// y = I₀(x), the modified Bessel function of order 0; dy/dx = I₁(x).
struct BesselI0: TabulatedPrimitive {
  static let opcode = Opcode.besselI0
  static let descriptor = PrimitiveDescriptor(
    equation: "I₀(x)", derivatives: ["I₁(x)"], call: "besselI0", aliases: ["i0"], notation: .function(latex: "I_0"),
    script: PageScripts.besselI0, accuracy: .init(single: 0.55, double: 0.55), course: .valley(at: 0))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(besselI1(inputs[0]))
  }
}

/// The modified Bessel function I₀(x).
public func besselI0(_ x: Node) -> Node { x.graph.unary(.besselI0, x) }
