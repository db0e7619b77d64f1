/// y = x/(1 + |x|), dy/dx = 1/(1 + |x|)².
struct Softsign: TabulatedPrimitive {
  static let opcode = Opcode.softsign
  static let descriptor = PrimitiveDescriptor(
    equation: "x/(1 + |x|)", derivatives: ["1/(1 + |x|)²"], call: "softsign", script: "a/(1+Math.abs(a))",
    accuracy: .init(single: 1.4, double: 1.4), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(square(reciprocal(1 + abs(inputs[0]))))
  }
}

/// x/(1 + |x|), between −1 and 1.
public func softsign(_ x: Node) -> Node { x.graph.unary(.softsign, x) }
