/// y = sin x (radians), dy/dx = cos x.
struct Sin: TabulatedPrimitive {
  static let opcode = Opcode.sin
  static let descriptor = PrimitiveDescriptor(
    equation: "sin x", derivatives: ["cos x"], call: "sin", notation: .function(latex: "\\sin"), script: "Math.sin(a)",
    accuracy: .init(single: 1.6, double: 1), course: .wave(crest: .pi / 2))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(cos(inputs[0]))
  }
}

/// sin x of an angle in radians.
public func sin(_ x: Node) -> Node { x.graph.unary(.sin, x) }
