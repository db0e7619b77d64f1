/// y = eˣ, dy/dx = y. Overflows to ∞ above 709.78 (88.72 in single precision).
struct Exp: ReadyPrimitive {
  static let opcode = Opcode.exp
  static let readyGradients: [ReadyGradient] = [.output]
}

/// y = eˣ − 1 without losing digits near 0, dy/dx = eˣ (not y + 1, which loses the digits of a tiny eˣ).
struct Expm1: ElementwisePrimitive {
  static let opcode = Opcode.expm1
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(exp(inputs[0]))
  }
}

/// y = ln x, dy/dx = 1/x. −∞ at 0 and NaN below.
struct Log: ElementwisePrimitive {
  static let opcode = Opcode.log
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(reciprocal(inputs[0]))
  }
}

/// y = ln(1 + x) without losing digits near 0, dy/dx = 1/(1 + x).
struct Log1p: ElementwisePrimitive {
  static let opcode = Opcode.log1p
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(reciprocal(1 + inputs[0]))
  }
}
