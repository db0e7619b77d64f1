/// y = 1/(1 + e⁻ˣ), dy/dx = y(1 − y). The kernel takes e^−|x|, so that nothing overflows.
struct Sigmoid: ElementwisePrimitive {
  static let opcode = Opcode.sigmoid
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output * (1 - output))
  }
}

/// y = tanh x, dy/dx = 1 − y².
struct Tanh: ElementwisePrimitive {
  static let opcode = Opcode.tanh
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(1 - square(output))
  }
}

/// y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|), dy/dx = sigmoid(x).
struct Softplus: ElementwisePrimitive {
  static let opcode = Opcode.softplus
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(sigmoid(inputs[0]))
  }
}

/// y = max(x, 0), dy/dx = 1 where x > 0, else 0 (0 at 0 by convention). NaN stays NaN.
struct Relu: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.relu
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(step(inputs[0]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try Kernels.elementwise(.sign, inputs) }
}

/// y = erf x = 2/√π ∫₀ˣ e^−t² dt, dy/dx = 2/√π · e^−x².
struct Erf: ElementwisePrimitive {
  static let opcode = Opcode.erf
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(1.1283791670955126 * exp(-square(inputs[0])))
  }
}
