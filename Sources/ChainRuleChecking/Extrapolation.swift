import ChainRuleCore

/// Differences at shrinking steps, extrapolated to step zero (Richardson 1911; Neville's scheme as in Ridders 1982),
/// with an error bar of its own.
///
/// A central difference is D(h) = f′ + c₂h² + c₄h⁴ + …, a one-sided one D(h) = f′ + c₁h + c₂h² + …; a polynomial
/// through the differences in t = h² (or h), read at t = 0, removes one term per step. Each entry of the scheme has
/// - a truncation error, at most what it differs from the two entries it was made of, and
/// - a round-off error: the noise of every difference, carried through the same weights.
/// The entry with the smallest sum is the answer.
struct Extrapolation {
  /// Powers of h in the error's expansion: 2 for central differences, 1 for one-sided ones.
  let power: Int
  private(set) var value = Double.nan
  private(set) var truncation = Double.infinity
  private(set) var noise = Double.infinity
  private(set) var step = 0.0
  /// Every difference that the answer was made of was exactly zero: the function did not move at all.
  private(set) var isFlat = true
  /// How many of the last differences were zero.
  private var zeros = 0
  private var abscissas: [Double] = []
  private var values: [Double] = []
  private var noises: [Double] = []

  /// Steps as multiples of the first one (Bulirsch 1964): exact in binary, and no power of one ratio, so that a
  /// periodic function cannot repeat itself at all of them.
  static let multiples: [Double] = [1, 0.75, 0.5, 0.375, 0.25, 0.1875, 0.125, 0.09375, 0.0625]

  init(power: Int) { self.power = power }

  /// The error bar. Truncation is doubled because its estimate is one.
  var bar: Double { 2 * truncation + noise }

  /// Adds a difference and the bound of its round-off.
  mutating func add(step h: Double, difference: Double, noise: Double) {
    zeros = difference == 0 ? zeros + 1 : 0
    let t = power == 2 ? h * h : h
    var (last, lastNoise) = (difference, noise)
    var row = [difference], noiseRow = [noise]
    for j in 1..<Swift.max(1, abscissas.count + 1) {
      // h/H is formed first: h² itself may underflow.
      let ratio = power == 2 ? (steps[steps.count - j] / h) * (steps[steps.count - j] / h) : steps[steps.count - j] / h
      let weight = 1 / (ratio - 1)
      let next = last + (last - values[j - 1]) * weight
      let nextNoise = (1 + weight) * lastNoise + weight * noises[j - 1]
      // Three neighbours must be close: two are by chance, now and then.
      if abscissas.count >= 2, j < abscissas.count {
        let spread = [last, values[j - 1], values[j]].map { (next - $0).magnitude }.max() ?? .infinity
        if 2 * spread + nextNoise < bar {
          (value, truncation, self.noise, step) = (next, spread, nextNoise, h)
          isFlat = zeros > j
        }
      }
      row.append(next)
      noiseRow.append(nextNoise)
      (last, lastNoise) = (next, nextNoise)
    }
    abscissas.append(t)
    steps.append(h)
    (values, noises) = (row, noiseRow)
  }

  private var steps: [Double] = []
}
