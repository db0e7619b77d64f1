/// y = sin x (radians), dy/dx = cos x.
struct Sin: ElementwisePrimitive {
  static let opcode = Opcode.sin
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(cos(inputs[0]))
  }
}

/// y = cos x (radians), dy/dx = −sin x.
struct Cos: ElementwisePrimitive {
  static let opcode = Opcode.cos
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-sin(inputs[0]))
  }
}

/// y = arctan x (radians), dy/dx = 1/(1 + x²).
struct Atan: ElementwisePrimitive {
  static let opcode = Opcode.atan
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(reciprocal(1 + square(inputs[0])))
  }
}
