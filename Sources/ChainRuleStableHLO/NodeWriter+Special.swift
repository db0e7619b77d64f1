import ChainRuleCore

// Special functions, composed of what the format has. Fixed numbers of steps: every element takes the same way.

extension NodeWriter {
  func special(_ opcode: Opcode) -> StableHLOValue? {
    ofErrors(opcode) ?? ofQuantiles(opcode) ?? ofBessel(opcode) ?? ofGamma(opcode) ?? ofBeta(opcode)
      ?? ofIncomplete(opcode) ?? ofOrders(opcode)
  }

  private func ofErrors(_ opcode: Opcode) -> StableHLOValue? {
    switch opcode {
    case .erfcx: return scaledComplement(x)
    case .gaussian: return gaussian(x, 1)
    case .normalDensity: return gaussian(x, 0.5) * 0.3989422804014327
    case .normalCDF: return normal(x)
    case .logNormalCDF: return logNormal(x)
    case .inverseMills: return inverseMills(x)
    case .log1mexp: return x.compared("GT", -0.6931471805599453).select((-x.expm1).log, (-x.exp).log1p)
    case .entropySlope: return -(x.log + 1)
    case .entropy: return x.compared("EQ", 0).select(0, -(x * x.log))
    case .sinc:
      let value = sineOfTurns(x) / (x * .pi)
      let isInfinite = x.abs.compared("EQ", .infinity)
      return x.compared("EQ", 0).select(1, isInfinite.select(0, value))
    default: return nil
    }
  }

  /// exp(−w x²): the square is taken of a number with few digits, which is exact, and of the rest.
  func gaussian(_ x: StableHLOValue, _ weight: Double) -> StableHLOValue {
    let bounded = x.abs.minimum(x.filled(1e3))
    let near = (bounded * 16).map("stablehlo.round_nearest_even") / 16
    return (near.squared * -weight).exp * ((bounded - near) * (bounded + near) * -weight).exp
  }

  /// exp(x²) erfc x: beyond 2 by its continued fraction (DLMF 7.9.2).
  func scaledComplement(_ x: StableHLOValue) -> StableHLOValue {
    let far = x.maximum(x.filled(2))
    let fraction = body.repeated(64, [far]) { step, carried in
      let number = (step.converted(to: body.number) * -0.5 + 32).spread(to: x.dimensions, at: [])
      return [far + number / carried[0]]
    }[0]
    let near = x.minimum(x.filled(2))
    let rounded = (near * 16).map("stablehlo.round_nearest_even") / 16
    let grown = rounded.squared.exp * ((near - rounded) * (near + rounded)).exp
    return x.compared("GT", 2).select(0.5641895835477563 / fraction, grown * near.map("chlo.erfc"))
  }

  private func normal(_ x: StableHLOValue) -> StableHLOValue {
    let left = scaledComplement(x * -0.7071067811865476) * gaussian(x, 0.5) * 0.5
    return x.compared("LT", -1).select(left, (x * -0.7071067811865476).map("chlo.erfc") * 0.5)
  }

  func logNormal(_ x: StableHLOValue) -> StableHLOValue {
    let scaled = x * 0.7071067811865476
    let left = (scaledComplement(-scaled) * 0.5).log - x.squared * 0.5
    let right = (scaled.map("chlo.erfc") * -0.5).log1p
    return x.compared("LT", 0).select(left, right)
  }

  func inverseMills(_ x: StableHLOValue) -> StableHLOValue {
    let left = 0.7978845608028654 / scaledComplement(x * -0.7071067811865476)
    return x.compared("LT", 0).select(left, gaussian(x, 0.5) * 0.3989422804014327 / normal(x))
  }

  // MARK: Quantiles

  private func ofQuantiles(_ opcode: Opcode) -> StableHLOValue? {
    switch opcode {
    case .erfInverse: return x.map("chlo.erf_inv")
    case .erfInverseSlope: return x.map("chlo.erf_inv").squared.exp * 0.8862269254527580
    case .normalQuantile: return quantile(x)
    case .normalQuantileSlope: return 2.5066282746310002 / gaussian(quantile(x), 0.5)
    default: return nil
    }
  }

  /// Newton's method on ln Φ, from the start of Abramowitz and Stegun 26.2.23.
  private func quantile(_ p: StableHLOValue) -> StableHLOValue {
    let isUpper = p.compared("GT", 0.5), tail = isUpper.select(1 - p, p)
    let safe = tail.compared("GT", 0).select(tail, 0.5), target = safe.log
    let t = (target * -2).sqrt
    let above = polynomial(t, [0.010328, 0.802853, 2.515517])
    let below = polynomial(t, [0.001308, 0.189269, 1.432788, 1])
    let found = body.repeated(6, [above / below - t]) { _, z in
      [z[0] - (self.logNormal(z[0]) - target) / self.inverseMills(z[0])]
    }[0]
    let value = isUpper.select(-found, found)
    let atEnds = p.compared("EQ", 0).select(-.infinity, p.compared("EQ", 1).select(.infinity, value))
    return p.compared("LT", 0).or(p.compared("GT", 1)).or(p.isNaN).select(.nan, p.compared("EQ", 0.5).select(0, atEnds))
  }

  // MARK: Bessel functions

  private func ofBessel(_ opcode: Opcode) -> StableHLOValue? {
    switch opcode {
    case .besselI0: return bessel(0, isScaled: false)
    case .besselI1: return bessel(1, isScaled: false)
    case .besselI0e: return bessel(0, isScaled: true)
    case .besselI1e: return bessel(1, isScaled: true)
    case .besselI: return besselOfOrders()
    default: return nil
    }
  }

  /// The power series up to 30, Hankel's expansion beyond (DLMF 10.25.2 and 10.40.1), both times exp(−|x|).
  private func bessel(_ order: Int, isScaled: Bool) -> StableHLOValue {
    let size = x.abs, near = size.minimum(x.filled(30)), far = size.maximum(x.filled(30)), quarter = near.squared * 0.25
    let start = order == 0 ? near.filled(1) : near * 0.5, number = body.number
    let series = body.repeated(90, [start, start]) { step, carried in
      let k = step.converted(to: number) + 1
      let term = carried[0] * (quarter / (k * (k + Double(order))).spread(to: x.dimensions, at: []))
      return [term, carried[1] + term]
    }[1]
    let power = Double(4 * order * order)
    let tail = body.repeated(24, [far.filled(1), far.filled(1)]) { step, carried in
      let k = step.converted(to: number) + 1, odd = 2 * k - 1
      let factor = ((odd * odd - power) / (8 * k)).spread(to: x.dimensions, at: [])
      let term = carried[0] * factor / far
      return [term, carried[1] + term]
    }[1]
    let root = (far * (2 * .pi)).sqrt
    let scaled = size.compared("LE", 30).select(series * (-near).exp, tail / root)
    let plain = size.compared("LE", 30).select(series, (far * 0.5).exp * (tail / root) * (far * 0.5).exp)
    let value = isScaled ? scaled : plain
    return order == 0 ? value : x.compared("LT", 0).select(-value, value)
  }

  private func besselOfOrders() -> StableHLOValue {
    let order = x.floor.abs, z = inputs[1], half = z * 0.5, quarter = half.squared, number = body.number
    let start = body.repeated(60, [z.filled(1)]) { step, carried in
      let k = (step.converted(to: number) + 1).spread(to: z.dimensions, at: [])
      return [k.compared("LE", order).select(carried[0] * half / k, carried[0])]
    }[0]
    let value = body.repeated(700, [start, start]) { step, carried in
      let k = (step.converted(to: number) + 1).spread(to: z.dimensions, at: [])
      let term = carried[0] * (quarter / (k * (k + order)))
      return [term, carried[1] + term]
    }[1]
    return order.compared("GT", 60).select(.nan, value)
  }

  // MARK: Gamma and beta functions

  private func lgamma(_ x: StableHLOValue) -> StableHLOValue { x.map("chlo.lgamma") }
  private func digamma(_ x: StableHLOValue) -> StableHLOValue { x.map("chlo.digamma") }
  private func polygamma(_ order: StableHLOValue, _ x: StableHLOValue) -> StableHLOValue {
    order.floor.with("chlo.polygamma", x)
  }

  private func ofGamma(_ opcode: Opcode) -> StableHLOValue? {
    switch opcode {
    case .polygamma: return polygamma(x, inputs[1])
    case .polygammaDifference: return polygamma(x, inputs[1] + inputs[2]) - polygamma(x, inputs[1])
    case .logLessDigamma: return inputs[1].log - digamma(x)
    case .gammaDensity:
      let (a, z) = (x, inputs[1])
      return ((a - 1) * z.log - z - lgamma(a)).exp
    default: return nil
    }
  }

  private func ofBeta(_ opcode: Opcode) -> StableHLOValue? {
    switch opcode {
    case .beta:
      let (a, b) = (x, inputs[1])
      let value = (lgamma(a) + lgamma(b) - lgamma(a + b)).exp
      return sign(a) * sign(b) * sign(a + b) * value
    case .betaScore: return (x - 1) / inputs[2] - (inputs[1] - 1) / (1 - inputs[2])
    case .betaScoreOfFirst: return inputs[2].log + digamma(x + inputs[1]) - digamma(x)
    case .betaScoreOfSecond: return (-inputs[2]).log1p + digamma(x + inputs[1]) - digamma(inputs[1])
    case .betaDensity:
      let (a, b, c) = (x, inputs[1], inputs[2])
      return ((a - 1) * c.log + (b - 1) * (-c).log1p - (lgamma(a) + lgamma(b) - lgamma(a + b))).exp
    default: return nil
    }
  }

  /// The sign of Γ.
  private func sign(_ x: StableHLOValue) -> StableHLOValue {
    let half = x.floor * 0.5
    return x.compared("GT", 0).or(half.compared("EQ", half.floor)).select(x.filled(1), -1)
  }
}
