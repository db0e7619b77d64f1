/// y = √x, dy/dx = 1/(2y): ∞ at 0.
struct Sqrt: ElementwisePrimitive {
  static let opcode = Opcode.sqrt
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(0.5 / output)
  }
}

/// y = 1/√x, dy/dx = −y³/2.
struct Rsqrt: ElementwisePrimitive {
  static let opcode = Opcode.rsqrt
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-0.5 * output * square(output))
  }
}

/// y = x², dy/dx = 2x.
struct Square: ElementwisePrimitive {
  static let opcode = Opcode.square
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(2 * inputs[0])
  }
}

/// y = 1/x, dy/dx = −y².
struct Reciprocal: ElementwisePrimitive {
  static let opcode = Opcode.reciprocal
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-square(output))
  }
}

/// y = aᵇ, ∂y/∂a = b·aᵇ⁻¹, ∂y/∂b = y·ln a (0 where a = 0, its limit for b > 0).
///
/// With a constant exponent the powers 0 and 1 end the chain of derivatives: the derivative of x⁰ is 0 and
/// of x¹ is 1 at every x, 0 included, where b·aᵇ⁻¹ would be 0·∞.
struct Power: ElementwisePrimitive {
  static let opcode = Opcode.pow
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (base, exponent) = (inputs[0], inputs[1])
    if index == 1 {
      let isZero = equal(base, 0)
      return .factor(output * `where`(isZero, 0, log(`where`(isZero, 1, base))))
    }
    switch exponent.constantNumber {
    case 0: return .factor(base.graph.number(0))
    case 1: return .one(in: base.graph)
    case let number?: return .factor(number * pow(base, number - 1))
    case nil: return .factor(exponent * pow(base, exponent - 1))
    }
  }
}

/// aᵇ elementwise.
public func pow(_ base: Node, _ exponent: Node) -> Node { base.graph.binary(.pow, base, exponent) }

/// xᵇ for a constant exponent; the common ones are recorded as what they are: square, reciprocal, square root.
public func pow(_ base: Node, _ exponent: Double) -> Node {
  switch exponent {
  case 2: square(base)
  case -1: reciprocal(base)
  case 0.5: sqrt(base)
  default: pow(base, base.graph.number(exponent))
  }
}

public func pow(_ base: Double, _ exponent: Node) -> Node { pow(exponent.graph.number(base), exponent) }
