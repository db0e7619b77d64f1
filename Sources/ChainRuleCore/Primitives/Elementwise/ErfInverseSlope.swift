/// y = √π/2 · e^(u²) with u = erf⁻¹ x, the slope of erfInverse: dy/dx = 2uy².
struct ErfInverseSlope: TabulatedPrimitive {
  static let opcode = Opcode.erfInverseSlope
  static let descriptor = PrimitiveDescriptor(
    equation: "√π/2 · e^(u²), u = erf⁻¹ x", derivatives: ["2uy²"], call: "erfInverseSlope",
    script: PageScripts.erfInverseSlope, domains: [.between(-1, 1)], accuracy: .init(single: 0.55, double: 0.55),
    course: .valley(at: 0))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(2 * erfInverse(inputs[0]) * square(output))
  }
}
