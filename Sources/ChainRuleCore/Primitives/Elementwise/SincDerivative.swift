/// y = the derivative of order n of sin(πx)/(πx). The order is rounded down.
struct SincDerivative: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.sincDerivative
  static let descriptor = PrimitiveDescriptor(
    equation: "the derivative of order a of sin(πb)/(πb), a rounded down",
    derivatives: ["none: the order is a whole number", "the derivative of order a + 1"], call: "sincDerivative",
    script: PageScripts.sincDerivative, domains: [.between(0, 3), .everywhere],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 0 ? .order : .factor(output.graph.binary(.sincDerivative, inputs[0].nextOrder, inputs[1]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: inputs) { $0.rounded(.down) } }
}
