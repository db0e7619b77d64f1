/// y = −(1 + ln x) without cancelling at 1/e, dy/dx = −1/x.
struct EntropySlope: TabulatedPrimitive {
  static let opcode = Opcode.entropySlope
  static let descriptor = PrimitiveDescriptor(
    equation: "−(1 + ln x)", derivatives: ["−1/x"], call: "entropySlope", script: "-1-Math.log(a)",
    domains: [.above(0)], accuracy: .init(single: 0.55, double: 1.2), course: .falling)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-reciprocal(inputs[0]))
  }
}
