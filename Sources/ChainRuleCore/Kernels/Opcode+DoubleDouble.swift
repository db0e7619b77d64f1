extension Opcode {
  /// What the kernel computes, in twice the precision; `nil` where that is not known.
  package func precise(_ x: [DoubleDouble]) -> DoubleDouble? {
    guard x.count == arity, let a = x.first else { return nil }
    if x.contains(where: \.isNaN) { return preciseChoice(x) ?? DoubleDouble(.nan) }
    return arity == 1 ? preciseFunction(a) : preciseChoice(x) ?? preciseOperation(x)
  }

  private func preciseFunction(_ a: DoubleDouble) -> DoubleDouble? {
    switch self {
    case .copy: a
    case .negate: -a
    case .exp: a.exp
    case .expm1: a.expm1
    case .log: a.log
    case .log1p: a.log1p
    case .sqrt: a.squareRoot
    case .rsqrt: 1 / a.squareRoot
    case .square: a * a
    case .reciprocal: 1 / a
    case .abs: a.magnitude
    case .sin, .cos: a.preciseAngle.map { self == .sin ? $0.0 : $0.1 }
    case .tanh: a.tanh
    case .sigmoid: a.sigmoid
    case .softplus: a.softplus
    case .relu: Swift.max(a, 0)
    case .erf: a.erf
    case .atan: a.atan
    case .sinh: a.sinh
    case .cosh: a.cosh
    case .asinh: a.asinh
    case .acosh: a.acosh
    case .atanh: a.atanh
    case .asin: a.asin
    case .acos: a.acos
    case .log2: a.log / DoubleDouble.ln2
    case .log10: a.log / DoubleDouble.ln10
    case .exp2: (a * DoubleDouble.ln2).exp
    case .cbrt: a.cubeRoot
    case .floor: a.floor
    case .ceil: -((-a).floor)
    case .truncate: a.isNegative ? -((-a).floor) : a.floor
    case .round: a.isNegative ? -((0.5 - a).floor) : (a + 0.5).floor
    case .sign: a.isNegative ? -1 : a.high == 0 ? 0 : 1
    case .heaviside: a > 0 ? 1 : 0
    default: preciseSpecial(a)
    }
  }

  private func preciseOperation(_ x: [DoubleDouble]) -> DoubleDouble? {
    let (a, b) = (x[0], x[1])
    return switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .pow: a.raised(to: b)
    case .multiplyAdd: a * b + x[2]
    default: preciseSpecial(x)
    }
  }

  /// Comparisons and choices, which do not mind what is not chosen.
  private func preciseChoice(_ x: [DoubleDouble]) -> DoubleDouble? {
    guard x.count > 1 else { return nil }
    let (a, b) = (x[0], x[1])
    return switch self {
    case .maximum where !a.isNaN && !b.isNaN: a < b ? b : a
    case .minimum where !a.isNaN && !b.isNaN: b < a ? b : a
    case .equal: a == b ? 1 : 0
    case .less: a < b ? 1 : 0
    case .greater: b < a ? 1 : 0
    case .where: a.high != 0 ? b : x[2]
    default: nil
    }
  }
}

extension DoubleDouble {
  /// Sine and cosine where their digits are known.
  fileprivate var preciseAngle: (DoubleDouble, DoubleDouble)? {
    high.magnitude < DoubleDouble.largestAngle || !high.isFinite ? sineAndCosine : nil
  }
}
