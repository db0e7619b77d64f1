/// y = ln x − ψ(a), which keeps its digits where they meet; ∂y/∂a = −ψ′(a), ∂y/∂x = 1/x.
struct LogLessDigamma: TabulatedPrimitive {
  static let opcode = Opcode.logLessDigamma
  static let descriptor = PrimitiveDescriptor(
    equation: "ln b − ψ(a)", derivatives: ["−ψ′(a)", "1/b"], call: "logLessDigamma",
    script: PageScripts.logLessDigamma, domains: [.above(0), .above(0)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(index == 0 ? -polygamma(1, inputs[0]) : reciprocal(inputs[1]))
  }
}
