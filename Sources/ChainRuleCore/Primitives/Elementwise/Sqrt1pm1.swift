/// y = √(1 + x) − 1, dy/dx = ½/√(1 + x).
struct Sqrt1pm1: TabulatedPrimitive {
  static let opcode = Opcode.sqrt1pm1
  static let descriptor = PrimitiveDescriptor(
    equation: "√(1 + x) − 1", derivatives: ["½/√(1 + x)"], call: "sqrt1pm1", script: "a/(1+Math.sqrt(1+a))",
    domains: [.above(-1)], accuracy: .init(single: 1.8, double: 1.8), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(0.5 * pow(1 + inputs[0], -0.5))
  }
}

/// √(1 + x) − 1 without losing digits near 0; NaN below −1.
public func sqrt1pm1(_ x: Node) -> Node { x.graph.unary(.sqrt1pm1, x) }
