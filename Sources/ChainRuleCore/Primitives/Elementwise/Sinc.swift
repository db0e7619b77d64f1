/// y = sin(πx)/(πx), 1 at 0. Its derivatives are functions of their own, which keep their digits near 0.
struct Sinc: TabulatedPrimitive {
  static let opcode = Opcode.sinc
  static let descriptor = PrimitiveDescriptor(
    equation: "sin(πx)/(πx)", derivatives: ["sinc′ x"], call: "sinc", script: PageScripts.sinc,
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in Interval(-0.2172336282112217, 1) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.binary(.sincDerivative, output.graph.constant(1 as Double), inputs[0]))
  }
}

/// sin(πx)/(πx), and 1 at 0.
public func sinc(_ x: Node) -> Node { x.graph.unary(.sinc, x) }
