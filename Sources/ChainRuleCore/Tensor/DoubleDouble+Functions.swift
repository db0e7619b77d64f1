import Foundation

// Elementary functions: series where the argument is small, otherwise one Newton step on the double's value, which
// doubles its digits.
extension DoubleDouble {
  package static let pi = DoubleDouble(3.141592653589793, 1.2246467991473532e-16)
  static let ln2 = DoubleDouble(0.6931471805599453, 2.3190468138462996e-17)
  static let ln10 = DoubleDouble(2.302585092994046, -2.1707562233822494e-16)

  var squareRoot: DoubleDouble {
    guard high > 0, high.isFinite else { return DoubleDouble(high.squareRoot()) }
    let root = high.squareRoot()
    let rest = self - DoubleDouble.exactProduct(root, root)
    return DoubleDouble(root, rest.high / (2 * root))
  }

  /// eˣ − 1: of x/512 by its series, doubled nine times by (1 + p)² − 1 = 2p + p².
  var expm1: DoubleDouble {
    guard high.magnitude < 0.5 else { return exp - 1 }
    let x = scaled(by: 0x1p-9)
    var term = x, sum = x
    for n in 2...10 {
      term = term * x / DoubleDouble(Double(n))
      sum = sum + term
    }
    for _ in 0..<9 { sum = sum.scaled(by: 2) + sum * sum }
    return sum
  }

  package var exp: DoubleDouble {
    guard high.magnitude < 709.5 else { return DoubleDouble(Foundation.exp(high)) }
    let whole = (high / DoubleDouble.ln2.high).rounded()
    let rest = self - DoubleDouble(whole) * DoubleDouble.ln2
    return (rest.expm1 + 1).scaled(by: Double(sign: .plus, exponent: Int(whole), significand: 1))
  }

  package var log: DoubleDouble {
    guard high > 0, high.isFinite else { return DoubleDouble(Foundation.log(high)) }
    if (0.5..<2).contains(high) { return (self - 1).log1p }
    if high.exponent.magnitude > 200 {  // the low part of a power of e that large would be lost
      let power = Int(high.exponent), half = power / 2
      let rest = scaled(by: Double(sign: .plus, exponent: -half, significand: 1))
        .scaled(by: Double(sign: .plus, exponent: half - power, significand: 1))
      return rest.log + DoubleDouble(Double(power)) * DoubleDouble.ln2
    }
    let y = DoubleDouble(Foundation.log(high))
    return y + (self * (-y).exp - 1)
  }

  var log1p: DoubleDouble {
    guard high > -1, high.isFinite, high != 0 else { return DoubleDouble(Foundation.log1p(high)) }
    guard high.magnitude < 1 else { return (self + 1).log }
    let y = DoubleDouble(Foundation.log1p(high)), grown = y.expm1
    return y - (grown - self) / (grown + 1)
  }

  /// Beyond it three doubles of π leave too few digits.
  static let largestAngle = 1e15

  /// Sine and cosine: the series of what is left of multiples of π/2, which is known to three doubles.
  var sineAndCosine: (DoubleDouble, DoubleDouble) {
    guard high.magnitude < DoubleDouble.largestAngle else { return (DoubleDouble(.nan), DoubleDouble(.nan)) }
    let whole = (high / (DoubleDouble.pi.high / 2)).rounded()
    let rest =
      self - DoubleDouble.exactProduct(whole, 1.5707963267948966)
      - DoubleDouble.exactProduct(whole, 6.123233995736766e-17) - DoubleDouble(whole * -1.4973849048591833e-33)
    let square = rest * rest
    var (sine, cosine, term) = (rest, 1 as DoubleDouble, rest)
    var even: DoubleDouble = 1
    for n in 1...14 {
      let k = Double(2 * n)
      even = -(even * square) / DoubleDouble(k * (k - 1))
      term = -(term * square) / DoubleDouble(k * (k + 1))
      (sine, cosine) = (sine + term, cosine + even)
    }
    return switch Int(whole.truncatingRemainder(dividingBy: 4) + 4) % 4 {
    case 0: (sine, cosine)
    case 1: (cosine, -sine)
    case 2: (-sine, -cosine)
    default: (-cosine, sine)
    }
  }

  var atan: DoubleDouble {
    guard high.isFinite else { return high.isNaN ? self : pi(2).signed(as: self) }
    if high.magnitude > 1 { return pi(2).signed(as: self) - (1 / self).atan }
    let y = DoubleDouble(Foundation.atan(high)), (sine, cosine) = y.sineAndCosine
    return y - (sine - self * cosine) * cosine
  }

  private func pi(_ divisor: Double) -> DoubleDouble { DoubleDouble.pi / DoubleDouble(divisor) }
  private func signed(as other: DoubleDouble) -> DoubleDouble { other.isNegative ? -self : self }

  var asin: DoubleDouble {
    guard high.magnitude <= 1 else { return DoubleDouble(.nan) }
    let rest = (1 - self) * (1 + self)
    return rest.high <= 0 ? pi(2).signed(as: self) : (self / rest.squareRoot).atan
  }

  var acos: DoubleDouble {
    guard high.magnitude <= 1 else { return DoubleDouble(.nan) }
    let sum = 1 + self
    return sum.high <= 0 ? DoubleDouble.pi : ((1 - self) / sum).squareRoot.atan.scaled(by: 2)
  }

  var tanh: DoubleDouble {
    guard high.magnitude < 40 else { return high.isNaN ? self : (1 as DoubleDouble).signed(as: self) }
    let grown = scaled(by: 2).expm1
    return grown / (grown + 2)
  }

  var sinh: DoubleDouble {
    let x = magnitude
    if x.high < 1 {
      let grown = x.expm1
      return (grown + grown / (grown + 1)).scaled(by: 0.5).signed(as: self)
    }
    let e = x.scaled(by: 0.5).exp
    return (e.scaled(by: 0.5) * e - (1 / e).scaled(by: 0.5) / e).signed(as: self)
  }

  var cosh: DoubleDouble {
    let e = magnitude.scaled(by: 0.5).exp  // its square may be too large where the half of it is not
    return e.scaled(by: 0.5) * e + (1 / e).scaled(by: 0.5) / e
  }

  var asinh: DoubleDouble {
    let x = magnitude, square = x * x
    return (x + square / ((square + 1).squareRoot + 1)).log1p.signed(as: self)
  }

  var acosh: DoubleDouble {
    let t = self - 1
    return (t + (t.scaled(by: 2) + t * t).squareRoot).log1p
  }

  var atanh: DoubleDouble {
    let x = magnitude
    return (x.scaled(by: 2) / (1 - x)).log1p.scaled(by: 0.5).signed(as: self)
  }

  var sigmoid: DoubleDouble {
    if !isNegative { return 1 / ((-self).exp + 1) }
    let e = exp
    return e / (e + 1)
  }

  var softplus: DoubleDouble { Swift.max(self, 0) + (-magnitude).exp.log1p }

  /// erf x = 2/√π · e^(−x²) · Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!, whose terms have one sign.
  var erf: DoubleDouble {
    guard high.magnitude < 9 else { return high.isNaN ? self : (1 as DoubleDouble).signed(as: self) }
    let square = self * self
    var term = self, sum = self
    for n in 1...320 {
      term = term * square.scaled(by: 2) / DoubleDouble(Double(2 * n + 1))
      sum = sum + term
      if term.high.magnitude <= 1e-34 * sum.high.magnitude { break }
    }
    return sum * (-square).exp * 2 / DoubleDouble.pi.squareRoot
  }

  var cubeRoot: DoubleDouble {
    guard high != 0, high.isFinite else { return self }
    let y = DoubleDouble(cbrt(high))
    return y - (y * y * y - self) / (y * y * 3)
  }

  var floor: DoubleDouble {
    let whole = high.rounded(.down)
    return whole == high ? DoubleDouble(whole, low.rounded(.down)) : DoubleDouble(whole)
  }

  /// By squaring where the exponent is a small whole number, and by e^(b·ln a) otherwise.
  package func raised(to exponent: DoubleDouble) -> DoubleDouble {
    let n = exponent.high
    if exponent.low == 0, n == n.rounded(), n.magnitude <= 64 {
      var result: DoubleDouble = 1
      for _ in 0..<Int(n.magnitude) { result = result * self }
      return n < 0 ? 1 / result : result
    }
    if high < 0, high.isFinite, exponent.low == 0, n == n.rounded(), n.magnitude < 0x1p53 {
      let size = (-self).raised(to: exponent)
      return n.truncatingRemainder(dividingBy: 2) == 0 ? size : -size
    }
    guard high > 0, high.isFinite else { return DoubleDouble(Foundation.pow(high, n)) }
    return (exponent * log).exp
  }
}
