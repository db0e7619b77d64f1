/// y = a + b, ∂y/∂a = ∂y/∂b = 1.
struct Add: ElementwisePrimitive {
  static let opcode = Opcode.add
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .one(in: output.graph)
  }
}

/// y = a − b, ∂y/∂a = 1, ∂y/∂b = −1.
struct Subtract: ElementwisePrimitive {
  static let opcode = Opcode.subtract
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 0 ? .one(in: output.graph) : .factor(output.graph.number(-1))
  }
}

/// y = a · b, ∂y/∂a = b, ∂y/∂b = a.
struct Multiply: ElementwisePrimitive {
  static let opcode = Opcode.multiply
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(inputs[1 - index])
  }
}

/// y = a / b, ∂y/∂a = 1/b, ∂y/∂b = −y/b.
struct Divide: ElementwisePrimitive {
  static let opcode = Opcode.divide
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(index == 0 ? reciprocal(inputs[1]) : -(output / inputs[1]))
  }
}

/// y = −x, dy/dx = −1.
struct Negate: ElementwisePrimitive {
  static let opcode = Opcode.negate
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.number(-1))
  }
}

/// y = a · b + c in one step, ∂y/∂a = b, ∂y/∂b = a, ∂y/∂c = 1.
struct MultiplyAdd: ElementwisePrimitive {
  static let opcode = Opcode.multiplyAdd
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 2 ? .one(in: output.graph) : .factor(inputs[1 - index])
  }
}
