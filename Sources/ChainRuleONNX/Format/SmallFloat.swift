import ChainRuleFiles

/// A floating-point format of 16 bits or fewer: its fields, and what its last codes mean.
struct SmallFloat: Sendable {
  let exponentBits: Int, mantissaBits: Int, bias: Int
  /// Whether there are infinities; a format without has one code for NaN.
  let hasInfinity: Bool
  /// Whether NaN is the code of −0, and there is no −0 (formats of "uz").
  let isUnsignedZero: Bool

  static func format(of type: ONNXType) -> SmallFloat? {
    switch type {
    case .float16: SmallFloat(exponentBits: 5, mantissaBits: 10, bias: 15, hasInfinity: true, isUnsignedZero: false)
    case .bfloat16: SmallFloat(exponentBits: 8, mantissaBits: 7, bias: 127, hasInfinity: true, isUnsignedZero: false)
    case .float8e4m3fn: SmallFloat(exponentBits: 4, mantissaBits: 3, bias: 7, hasInfinity: false, isUnsignedZero: false)
    case .float8e4m3fnuz:
      SmallFloat(exponentBits: 4, mantissaBits: 3, bias: 8, hasInfinity: false, isUnsignedZero: true)
    case .float8e5m2: SmallFloat(exponentBits: 5, mantissaBits: 2, bias: 15, hasInfinity: true, isUnsignedZero: false)
    case .float8e5m2fnuz:
      SmallFloat(exponentBits: 5, mantissaBits: 2, bias: 16, hasInfinity: false, isUnsignedZero: true)
    case .float4e2m1: SmallFloat(exponentBits: 2, mantissaBits: 1, bias: 1, hasInfinity: false, isUnsignedZero: false)
    default: nil
    }
  }

  private var largestExponent: Int { (1 << exponentBits) - 1 }

  /// The largest finite number.
  var largest: Double {
    let isFull = exponentBits > 2 && !hasInfinity && !isUnsignedZero  // e4m3fn: only the last code is NaN
    let exponent = (hasInfinity ? largestExponent - 1 : largestExponent) - bias
    let codes = (1 << mantissaBits) - (isFull ? 2 : 1)
    return Double(sign: .plus, exponent: exponent, significand: 1 + Double(codes) / Double(1 << mantissaBits))
  }

  /// The nearest number of the format, ties to even; what is too large is the largest one, infinite or NaN.
  func rounded(_ value: Double, saturating: Bool) -> Double {
    guard value.isFinite else {
      if value.isNaN { return .nan }
      if saturating { return value < 0 ? -largest : largest }
      return hasInfinity ? value : .nan
    }
    if value == 0 { return isUnsignedZero ? 0 : value }
    let exponent = Swift.max(Int(value.exponent), 1 - bias) - mantissaBits
    let unit = Double(sign: .plus, exponent: exponent, significand: 1)
    let result = (value / unit).rounded(.toNearestOrEven) * unit
    guard Swift.abs(result) > largest else { return result == 0 && isUnsignedZero ? 0 : result }
    if saturating { return value < 0 ? -largest : largest }
    return hasInfinity ? (value < 0 ? -.infinity : .infinity) : .nan
  }

  /// The number that a code means.
  func value(_ code: UInt64) -> Double {
    let mantissa = Int(code & ((1 << UInt64(mantissaBits)) - 1))
    let exponent = Int(code >> UInt64(mantissaBits)) & largestExponent
    let isNegative = code >> UInt64(mantissaBits + exponentBits) & 1 == 1
    if isUnsignedZero, isNegative, mantissa == 0, exponent == 0 { return .nan }
    if hasInfinity, exponent == largestExponent { return mantissa == 0 ? (isNegative ? -.infinity : .infinity) : .nan }
    if exponentBits == 4, !hasInfinity, !isUnsignedZero, exponent == largestExponent, mantissa == 7 { return .nan }
    let fraction = Double(mantissa) / Double(1 << mantissaBits)
    let size =
      exponent == 0
      ? Double(sign: .plus, exponent: 1 - bias, significand: 1) * fraction
      : Double(sign: .plus, exponent: exponent - bias, significand: 1 + fraction)
    return isNegative ? -size : size
  }
}
