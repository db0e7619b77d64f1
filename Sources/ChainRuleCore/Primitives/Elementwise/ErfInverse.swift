/// y = erf⁻¹ x, dy/dx = √π/2 · e^(y²), computed from x, since y has lost digits where it is large.
struct ErfInverse: TabulatedPrimitive {
  static let opcode = Opcode.erfInverse
  static let descriptor = PrimitiveDescriptor(
    equation: "erf⁻¹ x", derivatives: ["√π/2 · e^(y²)"], convention: "±∞ at ±1", call: "erfInverse",
    aliases: ["erfinv"], notation: .function(latex: "\\operatorname{erf}^{-1}"), script: PageScripts.erfInverse,
    domains: [.between(-1, 1)], accuracy: .init(single: 0.55, double: 0.55), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.unary(.erfInverseSlope, inputs[0]))
  }
}

/// The inverse of ``erf(_:)``; ±∞ at ±1, NaN beyond.
public func erfInverse(_ x: Node) -> Node { x.graph.unary(.erfInverse, x) }
