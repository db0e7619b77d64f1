// Special functions in twice the precision; nothing where digits cancel on the way, which an error bound that rests on the
// result would not tell, and nothing for those that have no such form.
extension Opcode {
  func preciseSpecial(_ a: DoubleDouble) -> DoubleDouble? {
    switch self {
    case .erfc: a.erfc
    case .erfcx: a.erfcx
    case .gaussian: a.gaussian
    case .normalDensity: a.normalDensity
    case .normalCDF: a.normalCDF
    case .logNormalCDF: a.logNormalCDF
    case .inverseMills: a.inverseMills
    case .erfInverse: a.inverseErf
    case .erfInverseSlope: a.inverseErf.map { DoubleDouble.rootOfPi * 0.5 * ($0 * $0).exp }
    case .normalQuantile: a.normalQuantile
    case .normalQuantileSlope: a.normalQuantile.map { 1 / $0.normalDensity }
    case .entropySlope: a.high > 0 ? (-(a.log + 1)).unlessCancelled(beside: 1) : nil
    case .log1mexp: a.high > -0.5 ? (-a.expm1).log : (-a.exp).log1p
    case .softsign: a / (1 + a.magnitude)
    case .sqrt1pm1: a / ((1 + a).squareRoot + 1)
    case .sinc: a.sinc(0)
    case .besselI0: a.besselI(0)
    case .besselI1: a.besselI(1)
    case .besselI0e: a.besselI(0).map { $0 * (-a.magnitude).exp }
    case .besselI1e: a.besselI(1).map { $0 * (-a.magnitude).exp }
    case .lgamma: a.logGamma?.unlessCancelled(beside: 500 * Swift.max(1, a.high.magnitude))
    case .digamma: a.polygamma(0)?.unlessCancelled(beside: 1)
    default: nil  // a primitive that has no form here is checked in double
    }
  }

  func preciseSpecial(_ x: [DoubleDouble]) -> DoubleDouble? {
    let (a, b) = (x[0], x[1]), order = a.high.magnitude < 1e6 ? Int(a.high.rounded(.down)) : -1
    return switch self {
    case .hypot: DoubleDouble.hypot(a, b)
    case .direction: a.high == 0 && b.high == 0 ? 0 : a / DoubleDouble.hypot(a, b)
    case .overSquares: a.overSquares(b)
    case .logAddExp: DoubleDouble.logAddExp(a, b)
    case .sigmoidOfDifference: a.high == -.infinity && a == b ? 0 : (a - b).sigmoid
    case .atan2: a.angle(b)
    case .xlogy: a.high == 0 ? 0 : b.high > 0 ? (a * b.log) : nil
    case .remainder: (a - b * (a / b).floor).unlessCancelled(beside: a.high)
    case .truncatedRemainder: (a - b * (a / b).truncated).unlessCancelled(beside: a.high)
    case .polygamma: b.polygamma(order)?.unlessCancelled(beside: order == 0 ? 1 : 0)
    case .polygammaDifference:
      x[2].high == 0
        ? 0
        : b.polygamma(order).flatMap { below in
          (b + x[2]).polygamma(order).flatMap { ($0 - below).unlessCancelled(beside: below.high) }
        }
    case .logLessDigamma: a.polygamma(0).flatMap { (b.log - $0).unlessCancelled(beside: $0.high) }
    case .beta: DoubleDouble.logBeta(a, b)?.exp
    case .betaDensity:
      DoubleDouble.logBeta(a, b).map { ((a - 1) * x[2].log + (b - 1) * (-x[2]).log1p - $0).exp }
    case .gammaDensity: DoubleDouble.gammaDensity(a, b)
    case .gammaIncomplete: DoubleDouble.gammaIncomplete(a, b)
    case .besselI: b.besselI(order)
    case .sincDerivative: b.sinc(order)?.unlessCancelled(beside: order % 2 == 1 ? 1e-3 : 1)
    case .erfcxDerivative: b.erfcxDerivative(order)
    default: nil
    }
  }

  /// How many times the work of a sum one of these takes.
  var preciseCost: Int {
    switch self {
    case .lgamma, .digamma, .polygamma, .polygammaDifference, .logLessDigamma, .beta, .betaDensity, .gammaDensity,
      .gammaIncomplete, .erf, .erfc, .erfcx, .normalCDF, .logNormalCDF, .inverseMills, .erfInverse, .erfInverseSlope,
      .normalQuantile, .normalQuantileSlope, .besselI, .besselI0, .besselI1, .besselI0e, .besselI1e, .erfcxDerivative:
      32
    default: 1
    }
  }
}

extension DoubleDouble {
  /// Itself, unless it is so small beside what it is the difference of that digits were lost.
  fileprivate func unlessCancelled(beside size: Double) -> DoubleDouble? {
    high.isNaN || high.magnitude > 1e-3 * size.magnitude ? self : nil
  }

  fileprivate var truncated: DoubleDouble { isNegative ? -((-self).floor) : floor }

  /// Φ⁻¹; nothing near 0 and 1, where 2x − 1 has lost digits of x.
  fileprivate var normalQuantile: DoubleDouble? {
    guard high > 1e-3, high < 0.999 else { return nil }
    return (self * 2 - 1).inverseErf.map { $0 * DoubleDouble(2).squareRoot }
  }

  fileprivate static func hypot(_ a: DoubleDouble, _ b: DoubleDouble) -> DoubleDouble {
    let most = Swift.max(a.magnitude, b.magnitude), least = Swift.min(a.magnitude, b.magnitude)
    guard most.high > 0, most.isFinite else { return most }
    let ratio = least / most
    return most * (1 + ratio * ratio).squareRoot
  }

  /// a/(a² + b²), 0 at the origin.
  fileprivate func overSquares(_ other: DoubleDouble) -> DoubleDouble {
    let length = DoubleDouble.hypot(self, other)
    return length.high == 0 ? 0 : self / length / length
  }

  fileprivate static func logAddExp(_ a: DoubleDouble, _ b: DoubleDouble) -> DoubleDouble? {
    let most = Swift.max(a, b), least = Swift.min(a, b)
    guard most.isFinite, least.isFinite else { return most }
    if (most - least).high > 30 { return nil }
    return (most + (least - most).exp.log1p).unlessCancelled(beside: most.high)
  }

  /// The angle of the point (x, this).
  fileprivate func angle(_ x: DoubleDouble) -> DoubleDouble? {
    guard high != 0, high.isFinite, x.isFinite else { return nil }
    if x.magnitude < magnitude {
      let quarter = DoubleDouble.pi * 0.5, rest = (x / self).atan
      return (isNegative ? -quarter : quarter) - rest
    }
    let rest = (self / x).atan
    return x.isNegative ? rest + (isNegative ? -DoubleDouble.pi : DoubleDouble.pi) : rest
  }

  /// w⁽ⁿ⁺¹⁾ = 2x w⁽ⁿ⁾ + 2n w⁽ⁿ⁻¹⁾ of w = e^(x²) erfc x, from w′ = 2x w − 2/√π.
  fileprivate func erfcxDerivative(_ order: Int) -> DoubleDouble? {
    guard (0...8).contains(order), high > -20 else { return nil }
    var (last, value) = (DoubleDouble(0), erfcx)
    for n in 0..<order {
      let first = self * value * 2, second = n == 0 ? -(2 / DoubleDouble.rootOfPi) : last * DoubleDouble(Double(2 * n))
      guard let next = (first + second).unlessCancelled(beside: second.high) else { return nil }
      (last, value) = (value, next)
    }
    return value
  }
}
