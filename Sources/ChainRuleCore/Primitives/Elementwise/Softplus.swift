/// y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), dy/dx = sigmoid(x).
struct Softplus: TabulatedPrimitive {
  static let opcode = Opcode.softplus
  static let descriptor = PrimitiveDescriptor(
    equation: "ln(1 + eˣ)", derivatives: ["sigmoid x"], call: "softplus",
    script: "Math.max(a,0)+Math.log1p(Math.exp(-Math.abs(a)))", accuracy: .init(single: 2, double: 2), course: .rising()
  )
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(sigmoid(inputs[0]))
  }
}

/// ln(1 + eˣ) without overflow.
public func softplus(_ x: Node) -> Node { x.graph.unary(.softplus, x) }
