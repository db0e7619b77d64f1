/// y = 1/φ(z) with z = Φ⁻¹(x), the slope of normalQuantile: dy/dx = zy².
struct NormalQuantileSlope: TabulatedPrimitive {
  static let opcode = Opcode.normalQuantileSlope
  static let descriptor = PrimitiveDescriptor(
    equation: "1/φ(z), z = Φ⁻¹(x)", derivatives: ["zy²"], call: "normalQuantileSlope",
    script: PageScripts.normalQuantileSlope, domains: [.between(0, 1)], accuracy: .init(single: 0.55, double: 0.55),
    course: .valley(at: 0.5))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(normalQuantile(inputs[0]) * square(output))
  }
}
