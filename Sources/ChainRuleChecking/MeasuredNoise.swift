import ChainRuleCore

/// The noise of a function from its values alone (Moré and Wild 2011, *Estimating computational noise*, ECnoise).
///
/// In the k-th differences of values at equal distances the smooth part falls by a power of the distance, while noise of
/// variance σ² grows to σ²·(2k)!/(k!)². Where three orders of differences tell the same σ, it is noise.
extension LineSlopes {
  /// A bound for each output's noise: four times the largest σ found at distances below a step; 0 where none is seen.
  func measuredNoise(below step: Double, distances: Int = 20, ratio: Int = 3) -> [Double] {
    var worst = [Double](repeating: 0, count: noises.count)
    guard step > 0, step.isFinite else { return worst }
    let lowest = Swift.max(range.lowest - 4, Int(step.exponent) - 4 - ratio * (distances - 1))
    for exponent in stride(from: Int(step.exponent) - 4, through: lowest, by: -ratio) {
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

  /// The same by distances from 2⁻¹⁶ of the point down to 2⁻³², so far below the function's own shape that what is
  /// seen there is noise before anything else was looked at.
  func noiseNearby() -> [Double] {
    measuredNoise(below: Double(sign: .plus, exponent: range.start - 9, significand: 1), distances: 9, ratio: 2)
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

extension Graph {
  /// Whether a node is computed by primitives that are not the library's: these do not tell how they round.
  func hasOwnPrimitives(below output: Int32) -> Bool {
    let isNeeded = ancestors(of: [output])
    return (0...output).contains { id in
      isNeeded[Int(id)] && isOperation(id) && !isTabulated(id) && !(primitive(of: id) is any DescribedPrimitive)
    }
  }
}

extension GradientCheck {
  /// More elements than this have the noise that is seen when all of them move.
  private static var mostLines: Int { 64 }

  /// The outputs' noise when all elements move at once, where there are too many to measure it for each: values of
  /// primitives of one's own do not tell how they round, and at steps below it they stand still or leap.
  func noiseOfMany(_ rows: [RoundoffBound]) -> [Double]? {
    guard hasOwnPrimitives, evaluation.points.reduce(0, { $0 + $1.count }) > Self.mostLines else { return nil }
    var random = RandomNumbers(seed: 29), noises = rows.map(\.noise)
    for _ in 0..<2 {
      let direction = evaluation.randomDirection(&random)
      let line = LineSlopes(evaluation, .direction(direction), noises: noises, targets: noises)
      noises = zip(noises, line.noiseNearby()).map { Swift.max($0, $1) }
    }
    evaluation.restore()
    return noises
  }

  /// A bound that knows the noise of the output's values along some lines, where primitives of one's own make it.
  func measured(_ first: RoundoffBound, along lines: [Perturbation]) -> RoundoffBound {
    guard hasOwnPrimitives else { return first }
    var bound = first
    for perturbation in lines {
      let name = perturbation.name(self)
      if measuredNoises[name] == nil {
        evaluation.restore()
        let line = LineSlopes(evaluation, perturbation.line(evaluation), noises: [first.noise], targets: [0])
        measuredNoises[name] = line.noiseNearby()[0]
        evaluation.restore()
      }
      bound.noise = Swift.max(bound.noise, measuredNoises[name] ?? 0)
    }
    return bound
  }
}
