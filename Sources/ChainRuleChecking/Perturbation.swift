import ChainRuleCore

/// A line through the point of a check: one element, in steps of its own size, or all along a direction.
struct Perturbation {
  private let leaf: Int, position: Int
  private let slopes: [[Double]]?
  private let label: String
  /// The size of a step of 1: a power of two, so that moved values are exact.
  let scale: Double
  /// The largest exponent of steps worth trying.
  let highest: Int

  /// - Parameter least: the exponent of the least size of a step of 1.
  init(_ evaluation: PerturbedEvaluation, leaf: Int, position: Int, atLeast least: Int = -300) {
    (self.leaf, self.position, slopes, label) = (leaf, position, nil, "")
    let x = evaluation.points[leaf][position].magnitude
    let exponent = x == 0 ? 0 : Swift.max(least, Swift.min(300, Int(x.exponent)))
    scale = Double(sign: .plus, exponent: exponent, significand: 1)
    highest = Swift.max(0, -exponent)
  }

  init(_ evaluation: PerturbedEvaluation, direction: [[Double]], number: Int, of count: Int) {
    (leaf, position, slopes) = (0, 0, direction)
    (scale, highest, label) = (1, 0, "direction \(number) of \(count)")
  }

  /// The distance over which a derivative is expected to change by no more than its own size: |x|, at least 1.
  func reach(_ evaluation: PerturbedEvaluation) -> Double {
    slopes == nil ? Swift.max(1, evaluation.points[leaf][position].magnitude) : 1
  }

  /// The element that moves, if it is only one.
  var element: (leaf: Int, position: Int)? { slopes == nil ? (leaf, position) : nil }

  func name(_ check: GradientCheck) -> String { slopes == nil ? check.name(leaf, position) : label }

  func moves(_ s: Double) -> [PerturbedEvaluation.Move] { [.init(leaf: leaf, position: position, offset: s * scale)] }

  func sample(_ evaluation: PerturbedEvaluation, _ s: Double) -> PerturbedEvaluation.Sample {
    if let slopes { return evaluation.sample(along: slopes, offset: s) }
    return evaluation.sample(moves(s))
  }

  func move(_ evaluation: PerturbedEvaluation, to s: Double) { _ = sample(evaluation, s) }

  func line(_ evaluation: PerturbedEvaluation) -> LineSlopes.Line {
    slopes.map { .direction($0) } ?? .element(leaf: leaf, position: position)
  }

  func steps(_ evaluation: PerturbedEvaluation) -> Steps {
    if let slopes { return Steps(at: slopes.joined()) }
    return Steps(at: [evaluation.points[leaf][position], Double(leaf), Double(position)])
  }

  /// The exponent of the largest of some steps that moves the element by no more than h.
  func highest(within h: Double) -> Int { Swift.max(-3, Swift.min(highest, (h / scale).exponent)) }

  /// A step near s after which both moved values are floating-point numbers.
  func exact(_ s: Double, _ evaluation: PerturbedEvaluation) -> Double {
    slopes == nil ? Steps.exact(s * scale, from: evaluation.points[leaf][position]) / scale : s
  }

  func direction(_ evaluation: PerturbedEvaluation) -> [[Double]] {
    if let slopes { return slopes }
    var result = evaluation.points.map { [Double](repeating: 0, count: $0.count) }
    result[leaf][position] = 1
    return result
  }

  func weighted(_ values: [[Double]], _ part: (Double) -> Double) -> Double {
    guard let slopes else { return part(values[leaf][position]) }
    return zip(values, slopes).reduce(0) { (sum: Double, leaf) in
      sum + zip(leaf.0, leaf.1).reduce(0) { (sum: Double, pair) in sum + part(pair.0 * pair.1) }
    }
  }

  /// The second or third difference along the line, in units of the elements.
  func difference(_ s: Double, _ evaluation: PerturbedEvaluation, _ noise: Double, order: Int) -> Difference {
    let s = exact(s, evaluation), h = s * scale
    let offsets: [Double] = order == 2 ? [s, 0, -s] : [2 * s, s, -s, -2 * s]
    let weights: [Double] = order == 2 ? [1, -2, 1] : [0.5, -1, 1, -0.5]
    return stencil(offsets.map { sample(evaluation, $0) }, weights, order == 2 ? h * h : h * h * h, s, noise)
  }
}

/// Two elements that move together, for mixed second derivatives.
struct PerturbationPair {
  let a: Perturbation, b: Perturbation
  var highest: Int { Swift.max(a.highest, b.highest) }

  init(_ a: Perturbation, _ b: Perturbation) { (self.a, self.b) = (a, b) }

  func steps(_ evaluation: PerturbedEvaluation) -> Steps { a.steps(evaluation) }

  /// The same pair in steps of 1 where an element is smaller; `nil` where none is, or where both are one.
  func widened(_ evaluation: PerturbedEvaluation) -> PerturbationPair? {
    guard let one = a.element, let other = b.element, one != other, Swift.min(a.scale, b.scale) < 1 else { return nil }
    return PerturbationPair(
      Perturbation(evaluation, leaf: one.leaf, position: one.position, atLeast: 0),
      Perturbation(evaluation, leaf: other.leaf, position: other.position, atLeast: 0))
  }

  /// The second difference; with limits, neither element moves farther than by 2 to its own.
  func difference(_ s: Double, _ evaluation: PerturbedEvaluation, _ noise: Double, limits: (a: Int, b: Int)? = nil)
    -> Difference
  {
    if let one = a.element, let other = b.element, one == other {
      return a.difference(s, evaluation, noise, order: 2)
    }
    func step(_ line: Perturbation, _ limit: Int?) -> Double {
      line.exact(limit.map { Swift.min(s, Double(sign: .plus, exponent: $0, significand: 1)) } ?? s, evaluation)
    }
    let (s, t) = (step(a, limits?.a), step(b, limits?.b))
    let corners = [(s, t), (s, -t), (-s, t), (-s, -t)].map { evaluation.sample(a.moves($0.0) + b.moves($0.1)) }
    // In this order an element that moves nothing leaves exactly nothing.
    return stencil(corners, [0.25, -0.25, -0.25, 0.25], (s * a.scale) * (t * b.scale), s, noise) {
      0.25 * (($0[0] - $0[1]) - ($0[2] - $0[3]))
    }
  }
}

/// Σ weight · value / divisor, with the bound of its round-off.
private func stencil(
  _ samples: [PerturbedEvaluation.Sample], _ weights: [Double], _ divisor: Double, _ step: Double, _ noise: Double,
  sum combine: (([Double]) -> Double)? = nil
) -> Difference {
  let flip = samples.lazy.compactMap(\.flip).first
  if flip != nil || samples.contains(where: { !$0.isFinite }) {
    let notFinite = samples.contains { !$0.isFinite }
    return .trouble(.init(left: true, right: true, notFinite: notFinite, flip: flip))
  }
  let values = samples.map { $0.values[0] }
  let sum = combine.map { $0(values) } ?? zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 }
  let bound = zip(weights, values).reduce(0) {
    $0 + $1.0.magnitude * (noise + RoundoffBound.rounding(of: $1.1))
  }
  return .slopes([sum / divisor], noises: [bound / divisor], bends: [0], step: step)
}
