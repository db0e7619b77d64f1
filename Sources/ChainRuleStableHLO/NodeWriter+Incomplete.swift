import ChainRuleCore

// Incomplete gamma and beta functions and their derivatives by their shapes: one computation, in numbers that carry the
// derivatives along where they are asked for.

extension NodeWriter {
  func ofIncomplete(_ opcode: Opcode) -> StableHLOValue? {
    switch opcode {
    case .gammaIncomplete: gammaIncomplete((false, false)).value
    case .gammaIncompleteByShape: gammaIncomplete((true, false)).slopes?[0]
    case .gammaIncompleteByShapeTwice: gammaIncomplete((true, true)).slopes?[2]
    case .betaIncomplete: betaIncomplete((false, false), (false, false)).value
    case .betaIncompleteByFirst: betaIncomplete((true, false), (false, false)).slopes?[0]
    case .betaIncompleteBySecond: betaIncomplete((false, false), (true, false)).slopes?[0]
    case .betaIncompleteByFirstTwice: betaIncomplete((true, true), (false, false)).slopes?[2]
    case .betaIncompleteByBoth: betaIncomplete((true, false), (false, true)).slopes?[2]
    case .betaIncompleteBySecondTwice: betaIncomplete((false, false), (true, true)).slopes?[2]
    default: nil
    }
  }

  /// Values outside are no numbers; at an end the value is known and the slopes are 0.
  private func ended(
    _ found: HyperDual, _ zero: StableHLOValue, _ one: StableHLOValue, outside: StableHLOValue
  ) -> HyperDual {
    func chosen(_ value: StableHLOValue, _ atOne: Double) -> StableHLOValue {
      outside.select(.nan, zero.select(0, one.select(atOne, value)))
    }
    return HyperDual(chosen(found.value, 1), found.slopes?.map { chosen($0, 0) })
  }

  /// The series below a + 1, the continued fraction above (DLMF 8.7.1 and 8.9.2), of a fixed number of steps.
  private func gammaIncomplete(_ directions: (Bool, Bool)) -> HyperDual {
    let a = HyperDual(x, along: directions), z = inputs[1], hasSlopes = a.slopes != nil
    let isLow = z.compared("LT", x + 1), zero = z.compared("EQ", 0), one = z.compared("EQ", .infinity)
    let safe = zero.or(one).select(1, z)
    let low = HyperDual(isLow.select(safe, x)), high = HyperDual(isLow.select(x + 2, safe))
    func factor(_ z: HyperDual) -> HyperDual { (a * z.log - z - a.lgamma).exp }
    let series = body.repeated(400, [1 / a, 1 / a], hasSlopes: hasSlopes) { step, carried in
      let term = carried[0] * (low / (a + (step + 1)))
      return [term, carried[1] + term]
    }[1]
    let fraction = body.repeated(300, [high + 601 - a], hasSlopes: hasSlopes) { step, carried in
      let k = 300 - step
      return [high + (k + k - 1) - a - k * (k - a) / carried[0]]
    }[0]
    let value = HyperDual.select(isLow, factor(low) * series, 1 - factor(high) / fraction)
    let outside = x.compared("LE", 0).or(z.compared("LT", 0)).or(z.isNaN).or(x.isNaN)
    return ended(value, zero, one, outside: outside)
  }

  /// The continued fraction (DLMF 8.17.22) from its end, on the side where it converges quickly.
  private func betaIncomplete(_ first: (Bool, Bool), _ second: (Bool, Bool)) -> HyperDual {
    let a = HyperDual(x, along: first), b = HyperDual(inputs[1], along: second), c = inputs[2]
    let hasSlopes = a.slopes != nil || b.slopes != nil
    let zero = c.compared("EQ", 0), one = c.compared("EQ", 1), safe = zero.or(one).select(0.5, c)
    let turns = safe.compared("GT", (x + 1) / (x + inputs[1] + 2))
    let p = HyperDual.select(turns, b, a), q = HyperDual.select(turns, a, b)
    let z = HyperDual(turns.select(1 - safe, safe))
    let fraction = body.repeated(400, [HyperDual(c.filled(1))], hasSlopes: hasSlopes) { step, carried in
      let m = 400 - step, k = m - 1
      let even = m * (q - m) * z / ((p + (m + m) - 1) * (p + (m + m)))
      let odd = -((p + k) * (p + q + k) * z / ((p + (k + k)) * (p + (k + k) + 1)))
      return [1 + odd / (1 + even / carried[0])]
    }[0]
    let weights = p * z.log + q * (-z).log1p - (p.lgamma + q.lgamma - (p + q).lgamma)
    let part = weights.exp / (p * fraction)
    let value = HyperDual.select(turns, 1 - part, part)
    let outside = c.compared("LT", 0).or(c.compared("GT", 1)).or(x.compared("LE", 0)).or(inputs[1].compared("LE", 0))
    return ended(value, zero, one, outside: outside.or(c.isNaN).or(x.isNaN).or(inputs[1].isNaN))
  }
}
