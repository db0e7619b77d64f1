// Lengths of vectors. Composed: their gradients follow from the parts.

extension Node {
  /// (Σ |x|ᵖ)^(1/p) over the axes, whatever the size of the elements: very large and very small ones are divided by
  /// the largest before they are raised. ∞ gives the largest magnitude, −∞ the smallest, 0 the number of elements that
  /// are not 0.
  ///
  /// ```swift
  /// print(try Graph(.single).input("x", [1e20, 1e20]).norm().scalar())     // 1.414…e20
  /// ```
  ///
  /// The norm has a corner at the zero vector; its gradient there is 0 by convention, and so is that of |x|ᵖ at x = 0
  /// for p < 1. Squares of it are recorded as what they are, smooth (``squaredNorm(axes:keepingDimensions:)``); what
  /// else is built on it inherits the convention: the second derivatives of cos ‖x‖ come out as 0 at 0.
  public func norm(_ p: Double = 2, axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "norm") {
      guard !p.isNaN else {
        throw ChainRuleError(.value, in: "norm", required: "an order that is a number", got: "NaN")
      }
      let axes = try shape.positions(ofAxes: axes, in: "norm")
      if p == 2, let whole = normOfNorm(axes, keepingDimensions: keepingDimensions) { return whole }
      return powerNorm(p, axes, keepingDimensions)
    }
  }

  /// Σ x² over the axes: the square of the 2-norm, smooth everywhere, with gradient 2x and Hessian 2·I at 0 too.
  public func squaredNorm(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    square(self).sum(axes: axes, keepingDimensions: keepingDimensions)
  }

  private func powerNorm(_ p: Double, _ axes: [Int], _ keepingDimensions: Bool) -> Node {
    switch p {
    case 1: return abs(self).sum(axes: axes, keepingDimensions: keepingDimensions)
    case .infinity: return abs(self).max(axes: axes, keepingDimensions: keepingDimensions)
    case -.infinity: return abs(self).min(axes: axes, keepingDimensions: keepingDimensions)
    case 0: return poweredMagnitudes(0).sum(axes: axes, keepingDimensions: keepingDimensions)
    default: break
    }
    if axes.contains(where: { shape[$0] == 0 }) {
      return graph.constant(
        Tensor(shape: shape.reduced(over: axes, keepingDimensions: keepingDimensions), repeating: 0))
    }
    let unit = normUnit(p, axes)
    let scaled = self / unit
    let powers = p == 2 ? square(scaled) : p < 1 ? scaled.poweredMagnitudes(p) : pow(abs(scaled), p)
    let total = powers.sum(axes: axes, keepingDimensions: keepingDimensions)
    let unitOfTotal = unit.reshaped(to: total.shape)
    guard p > 0 else {
      // One zero makes the norm of a negative order 0.
      let hasZero = equal(self, 0).max(axes: axes, keepingDimensions: keepingDimensions)
      return `where`(hasZero, 0, pow(`where`(hasZero, 1, total), 1 / p)) * unitOfTotal
    }
    let isZero = equal(total, 0)
    return `where`(isZero, 0, pow(`where`(isZero, 1, total), 1 / p)) * unitOfTotal
  }

  /// |x|ᵖ, and 0 with gradient 0 where x is 0.
  private func poweredMagnitudes(_ p: Double) -> Node {
    let isZero = equal(self, 0)
    let safe = abs(`where`(isZero, 1, self))
    return `where`(isZero, 0, p == 0 ? pow(safe, graph.constant(0 as Double)) : pow(safe, p))
  }

  /// What elements are divided by before their squares are added to a number that is positive, or 0: 1, so that not a bit
  /// changes, unless a square would overflow, or vanish beside 0; then the largest magnitude over the axes. No gradient
  /// flows through it.
  package func unitOfSquares(_ axes: [Int], beside number: Double) -> Node {
    if number == 0 { return normUnit(2, axes) }
    let largest = abs(stoppingGradient()).max(axes: axes, keepingDimensions: true)
    let isOut = greater(largest, Tensor.powerOfTwo(graph.precision == .double ? 500 : 60)) * less(largest, .infinity)
    return `where`(isOut, largest, 1)
  }

  /// What the elements are divided by: 1, so that not a bit changes, unless a power of the largest would overflow or
  /// lose its digits; then the largest itself. No gradient flows through it: the norm does not depend on it.
  private func normUnit(_ p: Double, _ axes: [Int]) -> Node {
    let isSingle = graph.precision != .double
    let exponent = (isSingle ? 40.0 : 400) * 2 / Swift.max(Swift.abs(p), 2)
    let (large, tiny) = (Tensor.powerOfTwo(exponent), isSingle ? 0x1p-126 : 0x1p-1022)
    let magnitudes = abs(stoppingGradient())
    let largest = magnitudes.max(axes: axes, keepingDimensions: true)
    // At 0 nothing is lost, while a direction that moves the point, divided by so little, would overflow.
    let isOut = (less(largest, 1 / large) * greater(largest, 0) + greater(largest, large)) * less(largest, .infinity)
    return `where`(isOut, maximum(largest, tiny), 1)
  }
}

extension Tensor {
  /// 2 to a power, without a fraction.
  fileprivate static func powerOfTwo(_ exponent: Double) -> Double {
    Double(sign: .plus, exponent: Int(exponent), significand: 1)
  }
}
