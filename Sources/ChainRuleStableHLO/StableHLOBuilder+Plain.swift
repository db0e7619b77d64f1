import ChainRuleCore

// What formats lack that have arithmetic alone: functions by series and rational approximations in double precision,
// factorizations by their columns.

extension StableHLOBuilder {
  /// The value of an operation in plain arithmetic; `nil` for those that are plain already.
  func composed(_ name: String, _ operands: [StableHLOValue], _ attributes: String) -> StableHLOValue? {
    guard let x = operands.first else { return nil }
    switch name {
    case "chlo.erf": return erf(x)
    case "chlo.erfc": return erfc(x)
    case "chlo.erf_inv": return erfInverse(x)
    case "chlo.lgamma": return lgamma(x)
    case "chlo.digamma": return digamma(x)
    case "chlo.polygamma": return polygamma(x, operands[1])
    case "stablehlo.cholesky": return cholesky(x)
    case "stablehlo.triangular_solve":
      return triangularSolve(
        x, operands[1], isLower: attributes.contains("lower = true"),
        isTransposed: attributes.contains("transpose TRANSPOSE"), hasOnes: attributes.contains("unit_diagonal = true"))
    default: return name.hasPrefix("chlo.") ? hyperbolic(name, x) : nil
    }
  }

  private func hyperbolic(_ name: String, _ x: StableHLOValue) -> StableHLOValue? {
    func signed(_ value: StableHLOValue) -> StableHLOValue { x.compared("LT", 0).select(-value, value) }
    let a = x.abs
    switch name {
    case "chlo.sinh":
      let grown = a.expm1
      return signed(a.compared("GT", 20).select(a.exp, grown + grown / (grown + 1)) * 0.5)
    case "chlo.cosh": return (a.exp + (-a).exp) * 0.5
    case "chlo.asinh": return signed((a + a.squared / ((a.squared + 1).sqrt + 1)).log1p)
    case "chlo.acosh": return ((x - 1) + ((x - 1) * (x + 1)).sqrt).log1p
    case "chlo.atanh": return signed((2 * a / (1 - a)).log1p * 0.5)
    default: return nil
    }
  }

  private func number(_ step: StableHLOValue, _ like: StableHLOValue) -> StableHLOValue {
    step.converted(to: number).spread(to: like.dimensions, at: [])
  }

  // MARK: Error functions

  /// Up to 2 by its series of positive terms (DLMF 7.6.2), beyond by the complement.
  private func erf(_ x: StableHLOValue) -> StableHLOValue {
    let a = x.abs, near = a.minimum(a.filled(2))
    let value = a.compared("GT", 2).select(1 - complement(a), series(near))
    return x.compared("LT", 0).select(-value, value)
  }

  private func erfc(_ x: StableHLOValue) -> StableHLOValue {
    let a = x.abs, far = complement(a), near = series(a.minimum(a.filled(2)))
    let isNegative = x.compared("LT", 0)
    let outside = isNegative.select(2 - far, far), inside = 1 - isNegative.select(-near, near)
    return a.compared("GT", 2).select(outside, inside)
  }

  private func series(_ x: StableHLOValue) -> StableHLOValue {
    let twice = x.squared * 2
    let sum = repeated(64, [x, x]) { step, all in
      let term = all[0] * twice / (2 * self.number(step, x) + 3)
      return [term, all[1] + term]
    }[1]
    return (-x.squared).exp * sum * 1.1283791670955126
  }

  /// erfc for numbers of at least 2, by its continued fraction (DLMF 7.9.2).
  private func complement(_ x: StableHLOValue) -> StableHLOValue {
    let far = x.maximum(x.filled(2))
    let fraction = repeated(64, [far]) { step, all in [far + (self.number(step, x) * -0.5 + 32) / all[0]] }[0]
    return (-far.squared).exp * 0.5641895835477563 / fraction
  }

  /// From Winitzki's approximation by Newton's method.
  private func erfInverse(_ x: StableHLOValue) -> StableHLOValue {
    let inside = x.abs.compared("LT", 1), safe = inside.select(x, 0)
    let l = ((1 - safe) * (1 + safe)).log * 0.5, half = l + 4.330746750799873
    let rough = ((half.squared - l * 13.606173857).sqrt - half).sqrt
    let start = safe.compared("LT", 0).select(-rough, rough)
    let found = repeated(5, [start]) { _, y in
      let error = safe.compared("LT", 0).select(self.erfc(-y[0]) - (1 + safe), (1 - safe) - self.erfc(y[0]))
      let rest = safe.abs.compared("LT", 0.5).select(self.erf(y[0]) - safe, error)
      return [y[0] - rest * y[0].squared.exp * 0.8862269254527580]
    }[0]
    let atEnds = x.compared("EQ", 1).select(.infinity, x.compared("EQ", -1).select(-.infinity, x.filled(.nan)))
    return inside.select(found, atEnds)
  }

  // MARK: Gamma functions

  /// Lanczos's approximation (g = 7, nine terms), by reflection below ½.
  private func lgamma(_ x: StableHLOValue) -> StableHLOValue {
    let coefficients: [Double] = [
      676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
      -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ]
    let isLow = x.compared("LT", 0.5), z = isLow.select(1 - x, x) - 1, t = z + 7.5
    var sum = x.filled(0.99999999999980993)
    for (place, coefficient) in coefficients.enumerated() { sum = sum + coefficient / (z + Double(place + 1)) }
    let value = (z + 0.5) * t.log - t + sum.log + 0.9189385332046727
    let folded = x - x.map("stablehlo.round_nearest_even")
    let reflected = 1.1447298858494002 - (folded * .pi).map("stablehlo.sine").abs.log - value
    let isInfinite = x.abs.compared("EQ", .infinity)
    return isInfinite.select(.infinity, isLow.select(reflected, value))
  }

  /// Its asymptotic series after ten steps up (DLMF 5.11.2), by reflection below 0.
  private func digamma(_ x: StableHLOValue) -> StableHLOValue {
    let isLow = x.compared("LT", 0), start = isLow.select(1 - x, x)
    let raised = repeated(10, [start, x.filled(0)]) { _, all in
      let isSmall = all[0].compared("LT", 10)
      return [isSmall.select(all[0] + 1, all[0]), isSmall.select(all[1] - 1 / all[0], all[1])]
    }
    let z = 1 / raised[0].squared
    let terms: [Double] = [1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12]
    let tail = terms.dropFirst().reduce(z * terms[0]) { ($0 + $1) * z }
    let value = raised[1] + raised[0].log - 0.5 / raised[0] - tail
    let folded = (x - x.map("stablehlo.round_nearest_even")) * .pi
    let reflected = value - .pi * folded.map("stablehlo.cosine") / folded.map("stablehlo.sine")
    let isPole = x.compared("LE", 0).and(x.compared("EQ", x.floor))
    return isPole.select(.nan, isLow.select(reflected, value))
  }

  /// (−1)ⁿ⁺¹ n! ζ(n + 1, x), Hurwitz's zeta function by the formula of Euler and Maclaurin (DLMF 25.11.28).
  private func polygamma(_ n: StableHLOValue, _ x: StableHLOValue) -> StableHLOValue {
    let s = n + 1, count = 16
    func power(_ base: StableHLOValue, _ exponent: StableHLOValue) -> StableHLOValue {
      base.with("stablehlo.power", exponent)
    }
    let head = repeated(count, [x.filled(0)]) { step, sum in [sum[0] + power(x + self.number(step, x), -s)] }[0]
    let a = x + Double(count), last = power(a, -s)
    var tail = last * a / n + last * 0.5, factor = s / a * last
    let ratios: [Double] = [
      1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1_209_600, 1.0 / 47_900_160, -691.0 / 1_307_674_368_000,
      1.0 / 74_724_249_600, -3617.0 / 10_670_622_842_880_000,
    ]
    for (place, ratio) in ratios.enumerated() {
      tail = tail + factor * ratio
      let k = Double(2 * place + 1)
      factor = factor * (s + k) * (s + (k + 1)) / a.squared
    }
    let half = n * 0.5, isEven = half.compared("EQ", half.floor)
    let size = (lgamma(n + 1)).exp * (head + tail)
    return n.compared("EQ", 0).select(digamma(x), isEven.select(-size, size))
  }

  // MARK: Factorizations

  /// Column by column: what is left of a column, divided by the root of its first element.
  private func cholesky(_ a: StableHLOValue) -> StableHLOValue {
    let (batch, n) = (a.dimensions[0], a.dimensions[1])
    return repeated(n, [a.filled(0)]) { step, all in
      let row = self.row(all[0], step, axis: 1)
      let product = self.product(all[0], row, batch: ([0], [0]), over: ([2], [2]))
      let rest = self.row(a, step, axis: 2) - product
      let pivot = self.row(rest, step, axis: 1).sqrt.reshaped(to: [batch]).spread(to: [batch, n, 1], at: [0])
      let isBelow = self.positions([batch, n, 1], axis: 1).compared("GE", step.spread(to: [batch, n, 1], at: []))
      return [self.replaced(all[0], step, by: isBelow.select(rest / pivot, 0), axis: 2)]
    }[0]
  }

  /// Row by row, each from those that are known.
  private func triangularSolve(
    _ a: StableHLOValue, _ b: StableHLOValue, isLower: Bool, isTransposed: Bool, hasOnes: Bool
  ) -> StableHLOValue {
    let n = a.dimensions[1], last = whole(n - 1, StableHLOType([], .int32))
    let matrix = isTransposed ? a.transposed([0, 2, 1]) : a
    return repeated(n, [b.filled(0)]) { step, all in
      let place = isLower != isTransposed ? step : last - step
      let row = self.row(matrix, place, axis: 1)
      let rest = self.row(b, place, axis: 1) - self.product(row, all[0], batch: ([0], [0]), over: ([2], [1]))
      let divisor = self.row(row, place, axis: 2).reshaped(to: [a.dimensions[0]])
      let value = hasOnes ? rest : rest / divisor.spread(to: rest.dimensions, at: [0])
      return [self.replaced(all[0], place, by: value, axis: 1)]
    }[0]
  }
}
