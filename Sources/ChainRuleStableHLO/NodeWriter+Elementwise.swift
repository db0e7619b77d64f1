import ChainRuleCore

// Primitives of single elements.

extension NodeWriter {
  private static let direct: [Opcode: String] = [
    .negate: "stablehlo.negate", .exp: "stablehlo.exponential", .expm1: "stablehlo.exponential_minus_one",
    .log: "stablehlo.log", .log1p: "stablehlo.log_plus_one", .sqrt: "stablehlo.sqrt", .rsqrt: "stablehlo.rsqrt",
    .abs: "stablehlo.abs", .sign: "stablehlo.sign", .sin: "stablehlo.sine", .cos: "stablehlo.cosine",
    .tanh: "stablehlo.tanh", .sigmoid: "stablehlo.logistic", .floor: "stablehlo.floor", .ceil: "stablehlo.ceil",
    .round: "stablehlo.round_nearest_afz", .cbrt: "stablehlo.cbrt",
    .sinh: "chlo.sinh", .cosh: "chlo.cosh", .asinh: "chlo.asinh", .acosh: "chlo.acosh", .atanh: "chlo.atanh",
    .erf: "chlo.erf", .erfc: "chlo.erfc", .lgamma: "chlo.lgamma", .digamma: "chlo.digamma",
  ]

  private static let directOfTwo: [Opcode: String] = [
    .add: "stablehlo.add", .subtract: "stablehlo.subtract", .multiply: "stablehlo.multiply",
    .divide: "stablehlo.divide", .pow: "stablehlo.power",
    .truncatedRemainder: "stablehlo.remainder",
  ]

  func elementwise(_ opcode: Opcode) -> StableHLOValue? {
    if let name = Self.direct[opcode] { return x.map(name) }
    if let name = Self.directOfTwo[opcode] { return x.with(name, inputs[1]) }
    return chosen(opcode) ?? composed(opcode) ?? ofTwo(opcode)
  }

  /// 1 where a mask holds, 0 elsewhere.
  private func ones(_ mask: StableHLOValue) -> StableHLOValue { mask.select(body.constant(1, type), zeros(type)) }

  private func chosen(_ opcode: Opcode) -> StableHLOValue? {
    switch opcode {
    case .copy: x
    case .relu: x.compared("LE", 0).select(0, x)
    case .heaviside: x.isNaN.select(x, ones(x.compared("GT", 0)))
    case .equal: ones(x.compared("EQ", inputs[1]))
    case .less: ones(x.compared("LT", inputs[1]))
    case .greater: ones(x.compared("GT", inputs[1]))
    case .where: x.compared("NE", 0).select(inputs[1], inputs[2])
    case .maximum: x.maximum(inputs[1])
    case .minimum: x.minimum(inputs[1])
    case .truncate: x.compared("LT", 0).select(x.ceil, x.floor)
    default: nil
    }
  }

  private func composed(_ opcode: Opcode) -> StableHLOValue? {
    switch opcode {
    case .square: x.squared
    case .reciprocal: 1 / x
    case .softplus: softplus(x)
    case .softsign: x.abs.compared("EQ", .infinity).select(x.map("stablehlo.sign"), x / (1 + x.abs))
    case .sqrt1pm1: x / ((1 + x).sqrt + 1)
    case .log2: x.log * 1.4426950408889634
    case .log10: x.log * 0.4342944819032518
    case .exp2: x.filled(2).with("stablehlo.power", x)
    case .atan: arctangent(x)
    case .asin: arcsine(x)
    case .acos: 2 * arctangent((1 - x).sqrt / (1 + x).sqrt)
    case .multiplyAdd: x * inputs[1] + inputs[2]
    default: nil
    }
  }

  func softplus(_ x: StableHLOValue) -> StableHLOValue { x.maximum(x.filled(0)) + (-x.abs).exp.log1p }

  private func ofTwo(_ opcode: Opcode) -> StableHLOValue? {
    guard inputs.count == 2 else { return nil }
    let y = inputs[1]
    switch opcode {
    case .remainder:
      let rest = x.with("stablehlo.remainder", y)
      let wrong = rest.compared("NE", 0).and(rest.compared("LT", 0).with("stablehlo.xor", y.compared("LT", 0)))
      return wrong.select(rest + y, rest)
    case .atan2: return arctangent(x, over: y)
    case .hypot: return hypotenuse(y)
    case .direction:
      let length = hypotenuse(y)
      return length.compared("EQ", 0).select(0, x / length)
    case .overSquares:
      let large = x.abs.maximum(y.abs), (a, b) = (x / large, y / large)
      return large.compared("EQ", 0).select(0, a / (a.squared + b.squared) / large)
    case .sigmoidOfDifference: return x.compared("EQ", y).select(0.5, (x - y).map("stablehlo.logistic"))
    case .logAddExp:
      let largest = x.maximum(y), gap = x.compared("EQ", y).select(0, (x - y).abs)
      return largest + (-gap).exp.log1p
    case .xlogy:
      return x.compared("EQ", 0).and(y.isNaN.with("stablehlo.xor", body.constant(1, type.with(.mask))))
        .select(0, x * y.log)
    default: return nil
    }
  }

  private func hypotenuse(_ y: StableHLOValue) -> StableHLOValue {
    let (a, b) = (x.abs, y.abs), large = a.maximum(b), small = a.minimum(b), ratio = small / large
    let value = large.compared("EQ", 0).select(large, large * (1 + ratio.squared).sqrt)
    let isInfinite = a.compared("EQ", .infinity).or(b.compared("EQ", .infinity))
    return isInfinite.select(.infinity, value)
  }

  // MARK: Arcs

  /// The arctangent by the rational function of the Cephes library (Moshier 1989), after the argument is brought to
  /// |x| ≤ tan(π/8) or so. Plugins compute atan2 with what is at hand, and not all of it is right.
  func arctangent(_ x: StableHLOValue) -> StableHLOValue {
    let a = x.abs, isLarge = a.compared("GT", 2.414213562373095), isMiddle = a.compared("GT", 0.66)
    let reduced = isLarge.select(-1 / a, isMiddle.select((a - 1) / (a + 1), a))
    let z = reduced.squared
    let above = polynomial(
      z,
      [-8.750608600031904e-1, -1.615753718733365e1, -7.500855792314705e1, -1.228866684490136e2, -6.485021904942025e1])
    let below = polynomial(
      z, [1, 2.485846490142306e1, 1.650270098316988e2, 4.328810604912903e2, 4.853903996359137e2, 1.945506571482614e2])
    let small = reduced + reduced * (z * above / below)
    let start = isLarge.select(x.filled(.pi / 2), isMiddle.select(.pi / 4, x.filled(0)))
    let rest = isLarge.select(x.filled(6.123233995736766e-17), isMiddle.select(3.061616997868383e-17, x.filled(0)))
    let value = start + (small + rest)
    return x.compared("LT", 0).select(-value, x.compared("EQ", 0).select(x, value))
  }

  private func arctangent(_ y: StableHLOValue, over x: StableHLOValue) -> StableHLOValue {
    let bothInfinite = y.abs.compared("EQ", .infinity).and(x.abs.compared("EQ", .infinity))
    let isZero = y.compared("EQ", 0).and(x.compared("EQ", 0))
    let ratio = bothInfinite.select(1, isZero.select(0, y.abs / x.abs))
    let angle = arctangent(ratio)
    let isLeft = isNegative(x)
    let turned = isLeft.select(3.141592653589793 - angle + 1.2246467991473532e-16, angle)
    let isNaN = x.isNaN.or(y.isNaN)
    return isNaN.select(x + y, isNegative(y).select(-turned, turned))
  }

  /// Below 0, the negative 0 too.
  private func isNegative(_ x: StableHLOValue) -> StableHLOValue {
    x.compared("LT", 0).or(x.compared("EQ", 0).and((1 / x).compared("LT", 0)))
  }

  private func arcsine(_ x: StableHLOValue) -> StableHLOValue {
    arctangent(x / ((1 - x) * (1 + x)).sqrt)
  }

  /// By Horner's rule, the highest power first.
  func polynomial(_ x: StableHLOValue, _ coefficients: [Double]) -> StableHLOValue {
    coefficients.dropFirst().reduce(x.filled(coefficients[0])) { $0 * x + $1 }
  }
}
