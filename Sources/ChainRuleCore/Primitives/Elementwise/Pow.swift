/// y = aᵇ, ∂y/∂a = b·aᵇ⁻¹, ∂y/∂b = y·ln a; at a = 0 the latter is its limit, 0 for b > 0 and −∞ for b < 0, and 0 for
/// b = 0, where there is none.
///
/// The powers 0 and 1 end the chain of derivatives, be the exponent a constant or not: the derivative of x⁰ is 0 and
/// of x¹ is 1 at every x, 0 included, where b·aᵇ⁻¹ would be 0·∞.
struct Pow: TabulatedPrimitive {
  static let opcode = Opcode.pow
  static let descriptor = PrimitiveDescriptor(
    equation: "aᵇ", derivatives: ["b·aᵇ⁻¹", "y·ln a"],
    convention: "x⁰ has derivative 0 and x¹ has 1 everywhere; y·ln a at a = 0 is −∞ for b < 0, else 0",
    call: "pow", aliases: ["power"],
    notation: .form(text: .init("#0^#1", .power, .atom, .power), latex: .init("{#0}^{#1}", .power, .atom, .loose)),
    script: "Math.pow(a,b)", domains: [.above(0), .everywhere], accuracy: .init(single: 1, double: 1.5),
    course: .rule { $0[0].raised(to: $0[1]) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (base, exponent) = (inputs[0], inputs[1])
    if index == 1 {
      // ln 0 is wanted for b < 0; otherwise 0, the logarithm of 1.
      let isHeld = equal(base, 0) * (1 - less(exponent, 0))
      return .factor(output * log(`where`(isHeld, 1, base)))
    }
    switch exponent.constantNumber {
    case 0: return .factor(base.graph.constant(0 as Double))
    case 1: return .one(in: base.graph)
    case let number?: return .factor(number * pow(base, number - 1))
    case nil:
      let isZero = equal(exponent, 0), safe = `where`(isZero, 1, exponent)
      return .factor(`where`(isZero, 0, safe * pow(base, safe - 1)))
    }
  }
}

/// aᵇ, element by element; the two broadcast.
public func pow(_ base: Node, _ exponent: Node) -> Node {
  exponent.constantNumber.flatMap { base.graph.smoothPower(base, $0) } ?? base.graph.binary(.pow, base, exponent)
}

/// xᵇ for a constant exponent; the common ones are recorded as what they are: square, reciprocal, square root.
public func pow(_ base: Node, _ exponent: Double) -> Node {
  if let smooth = base.graph.smoothPower(base, exponent) { return smooth }
  return switch exponent {
  case 2: square(base)
  case -1: reciprocal(base)
  case 0.5: sqrt(base)
  default: pow(base, base.graph.constant(exponent))
  }
}

/// bˣ for a constant base.
public func pow(_ base: Double, _ exponent: Node) -> Node { pow(exponent.graph.constant(base), exponent) }
