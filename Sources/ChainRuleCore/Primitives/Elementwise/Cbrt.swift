/// y = ∛x, of negative numbers too, dy/dx = 1/(3y²): ∞ at 0.
struct Cbrt: TabulatedPrimitive {
  static let opcode = Opcode.cbrt
  static let descriptor = PrimitiveDescriptor(
    equation: "∛x", derivatives: ["1/(3y²)"], convention: "∞ at 0", call: "cbrt", script: "Math.cbrt(a)",
    domains: [.nonzero], accuracy: .init(single: 0.6, double: 3.7), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor((1.0 / 3) * reciprocal(square(output)))
  }
}

/// ∛x, of negative numbers too.
public func cbrt(_ x: Node) -> Node { x.graph.smoothForm(.cbrt, x) ?? x.graph.unary(.cbrt, x) }
