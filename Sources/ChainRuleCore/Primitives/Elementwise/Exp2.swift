/// y = 2ˣ, dy/dx = y ln 2. Exact at whole numbers; overflows to ∞ from 1024 on (128 in single precision).
struct Exp2: TabulatedPrimitive {
  static let opcode = Opcode.exp2
  static let descriptor = PrimitiveDescriptor(
    equation: "2ˣ", derivatives: ["y ln 2"], call: "exp2", script: "Math.pow(2,a)",
    accuracy: .init(single: 1.2, double: 1.2), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(0.69314718055994531 * output)
  }
}

/// 2ˣ, exact at whole numbers.
public func exp2(_ x: Node) -> Node { x.graph.unary(.exp2, x) }
