// Piecewise constant and piecewise linear primitives of one input.

/// y = |x|, dy/dx = sign x (0 at 0 by convention).
struct Abs: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.abs
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(sign(inputs[0]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try Kernels.elementwise(.sign, inputs) }
}

/// y = −1, 0 or 1. Constant between its jumps: no gradient flows.
struct Sign: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.sign
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "sign is constant between its jumps")
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try forward(inputs) }
}

/// y = 1 where x > 0, else 0. Constant between its jumps: no gradient flows.
struct Step: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.step
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "step is constant between its jumps")
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try Kernels.elementwise(.sign, inputs) }
}

/// y = ⌊x⌋. Constant between its jumps: no gradient flows.
struct Floor: ElementwisePrimitive, PiecewisePrimitive {
  static let opcode = Opcode.floor
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "floor is constant between its jumps")
  }
  /// Below, at and above a whole number are three branches, so that a jump at x itself is seen.
  func branches(of inputs: [Tensor]) throws -> Tensor {
    inputs[0].map { 2 * $0.rounded(.down) + ($0 == $0.rounded(.down) ? 0 : 1) }
  }
}

/// y = x; what a program uses to move a value.
struct Copy: ElementwisePrimitive {
  static let opcode = Opcode.copy
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .one(in: output.graph)
  }
}

/// y = x with the path for gradients cut.
struct StopGradient: MovingPrimitive {
  let name = "stopGradient"
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "stoppingGradient() cuts the path")
  }
}

extension Node {
  /// The same value; no gradient flows back through it.
  public func stoppingGradient() -> Node { graph.record(StopGradient(), [self]) }
}
