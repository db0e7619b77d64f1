/// y = √x, dy/dx = 1/(2y): ∞ at 0.
struct Sqrt: TabulatedPrimitive {
  static let opcode = Opcode.sqrt
  static let descriptor = PrimitiveDescriptor(
    equation: "√x", derivatives: ["1/(2y)"], convention: "∞ at 0", call: "sqrt",
    notation: .form(text: nil, latex: .init("\\sqrt{#0}", .atom, .loose)), script: "Math.sqrt(a)", domains: [.above(0)],
    course: .rule { $0[0].root })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(0.5 / output)
  }
}

/// √x; NaN below 0.
public func sqrt(_ x: Node) -> Node { x.graph.smoothForm(.sqrt, x) ?? x.graph.unary(.sqrt, x) }
