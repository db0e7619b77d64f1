import ChainRuleCore

/// The noise of a function from its values alone (Moré and Wild 2011, *Estimating computational noise*, ECnoise).
///
/// In the k-th differences of values at equal distances the smooth part falls by a power of the distance, while noise of
/// variance σ² grows to σ²·(2k)!/(k!)². Where three orders of differences tell the same σ, it is noise.
extension LineSlopes {
  /// A bound for each output's noise: four times the largest σ found at distances below a step; 0 where none is seen.
  func measuredNoise(below step: Double) -> [Double] {
    var worst = [Double](repeating: 0, count: noises.count)
    guard step > 0, step.isFinite else { return worst }
    let lowest = Swift.max(range.lowest - 4, Int(step.exponent) - 60)
    for exponent in stride(from: Int(step.exponent) - 4, through: lowest, by: -3) {
      let distance = exact(steps.step(0, exponent: exponent, for: .noise))
      // Beside the point, not around it: noise is on both sides, a narrow feature of the point itself on neither.
      let sides = [1.0, -1.0].compactMap { side -> [PerturbedEvaluation.Sample]? in
        let samples = (1...Self.points).map { sample(side * Double($0) * distance) }
        return samples.allSatisfy { $0.isFinite && $0.flip == nil } ? samples : nil
      }
      for output in worst.indices {
        let deviations = sides.map { samples in Self.deviation(of: samples.map { $0.values[output] }) }
        if let deviation = deviations.min() { worst[output] = Swift.max(worst[output], 4 * deviation) }
      }
    }
    return worst
  }

  private static let points = 9

  /// σ of values at equal distances; 0 where the orders of differences do not agree on one.
  static func deviation(of values: [Double]) -> Double {
    var differences = values, gamma = 1.0, found: [Double] = []
    for order in 1..<values.count - 2 {
      differences = zip(differences.dropFirst(), differences).map { $0 - $1 }
      gamma *= Double(order) / Double(2 * (2 * order - 1))  // (k!)²/(2k)!
      let square = differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)
      let changesSign = differences.contains { $0 > 0 } && differences.contains { $0 < 0 }
      found.append(changesSign ? (gamma * square).squareRoot() : .infinity)
    }
    for first in 1..<found.count - 2 {
      let three = found[first...first + 2]
      guard let low = three.min(), let high = three.max(), low > 0, high.isFinite, high <= 4 * low else { continue }
      return high
    }
    return 0
  }
}
