/// y = a + b, ∂y/∂a = ∂y/∂b = 1.
struct Add: ReadyPrimitive {
  static let opcode = Opcode.add
  static let readyGradients: [ReadyGradient] = [.one, .one]
}

/// y = a − b, ∂y/∂a = 1, ∂y/∂b = −1.
struct Subtract: ReadyPrimitive {
  static let opcode = Opcode.subtract
  static let readyGradients: [ReadyGradient] = [.one, .minusOne]
}

/// y = a · b, ∂y/∂a = b, ∂y/∂b = a.
struct Multiply: ReadyPrimitive {
  static let opcode = Opcode.multiply
  static let readyGradients: [ReadyGradient] = [.input(1), .input(0)]
}

/// y = a / b, ∂y/∂a = 1/b, ∂y/∂b = −y/b.
struct Divide: ElementwisePrimitive {
  static let opcode = Opcode.divide
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(index == 0 ? reciprocal(inputs[1]) : -(output / inputs[1]))
  }
}

/// y = −x, dy/dx = −1.
struct Negate: ReadyPrimitive {
  static let opcode = Opcode.negate
  static let readyGradients: [ReadyGradient] = [.minusOne]
}

/// y = a · b + c in one step, ∂y/∂a = b, ∂y/∂b = a, ∂y/∂c = 1.
struct MultiplyAdd: ElementwisePrimitive {
  static let opcode = Opcode.multiplyAdd
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 2 ? .one(in: output.graph) : .factor(inputs[1 - index])
  }
}
