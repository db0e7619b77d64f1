/// y = cos x (radians), dy/dx = −sin x.
struct Cos: TabulatedPrimitive {
  static let opcode = Opcode.cos
  static let descriptor = PrimitiveDescriptor(
    equation: "cos x", derivatives: ["−sin x"], call: "cos", notation: .function(latex: "\\cos"), script: "Math.cos(a)",
    accuracy: .init(single: 1.6, double: 1), course: .wave(crest: 0))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-sin(inputs[0]))
  }
}

/// cos x of an angle in radians.
public func cos(_ x: Node) -> Node { x.graph.smoothForm(.cos, x) ?? x.graph.unary(.cos, x) }
