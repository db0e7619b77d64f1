import ChainRuleCore

/// Differences at shrinking steps, extrapolated to step zero (Richardson 1911; Neville's scheme as in Ridders 1982),
/// with an error bar of its own, for all outputs at once.
///
/// A central difference is D(h) = f′ + c₂h² + c₄h⁴ + …, a one-sided one D(h) = f′ + c₁h + c₂h² + …; a polynomial
/// through the differences in t = h² (or h), read at t = 0, removes one term per step. Each entry of the scheme has
/// - a truncation error, at most what it differs from the entries it was made of, and
/// - a round-off error: the noise of every difference, carried through the same weights.
/// The entry with the smallest sum is the answer.
struct Extrapolation {
  /// Powers of h in the error's expansion: 2 for central differences, 1 for one-sided ones.
  let power: Int
  /// The answer so far, by output.
  private(set) var best: [Slope]
  /// How many of the last differences were zero, by output.
  private var zeros: [Int]
  private var steps: [Double] = []
  /// The last row of the scheme, and the round-off of each of its entries: by column, then by output.
  private var values: [[Double]] = [], noises: [[Double]] = []

  init(power: Int, outputs: Int) {
    self.power = power
    best = [Slope](repeating: Slope(isFlat: true), count: outputs)
    zeros = [Int](repeating: 0, count: outputs)
  }

  /// Adds the differences at one step, the bounds of their round-off, and how far each side is from the line.
  mutating func add(step h: Double, _ differences: [Double], noises bounds: [Double], bends: [Double]) {
    for output in best.indices {
      zeros[output] = differences[output] == 0 ? zeros[output] + 1 : 0
      if steps.isEmpty { best[output].first = (h, differences[output], bends[output]) }
    }
    var row = [differences], noiseRow = [bounds]
    for column in 1..<Swift.max(1, steps.count + 1) {
      let ratio = steps[steps.count - column] / h  // formed first: h² itself may underflow
      let weight = 1 / ((power == 2 ? ratio * ratio : ratio) - 1)
      var next = row[column - 1], nextNoise = noiseRow[column - 1]
      for output in best.indices {
        next[output] += (next[output] - values[column - 1][output]) * weight
        nextNoise[output] = (1 + weight) * nextNoise[output] + weight * noises[column - 1][output]
      }
      // Three neighbours must be close: two are by chance, now and then.
      if steps.count >= 2, column < steps.count {
        choose(next, nextNoise, beside: [row[column - 1], values[column - 1], values[column]], column, h)
      }
      row.append(next)
      noiseRow.append(nextNoise)
    }
    steps.append(h)
    (values, noises) = (row, noiseRow)
  }

  private mutating func choose(
    _ next: [Double], _ noise: [Double], beside neighbours: [[Double]], _ column: Int, _ h: Double
  ) {
    for output in best.indices {
      var spread = 0.0
      for neighbour in neighbours {
        let distance = (next[output] - neighbour[output]).magnitude
        spread = distance.isNaN ? .infinity : Swift.max(spread, distance)
      }
      // Truncation is doubled because its estimate is one.
      guard 2 * spread + noise[output] < best[output].bar else { continue }
      best[output].value = next[output]
      (best[output].truncation, best[output].noise) = (spread, noise[output])
      (best[output].bar, best[output].step) = (2 * spread + noise[output], h)
      best[output].isFlat = zeros[output] > column
    }
  }
}
