import ChainRuleCore

/// Limited-memory BFGS: the inverse Hessian is known by what the last steps did to the gradient.
/// Sources: Liu and Nocedal 1989; the two loops: Nocedal 1980.
struct LBFGS: DescentMethod {
  let memory: Int
  /// The last steps, what they did to the gradient, and the product of both.
  private var pairs: [(step: [Double], change: [Double], product: Double)] = []

  init(memory: Int) { self.memory = memory }

  mutating func direction(at point: [Double], _ gradient: [Double], _ objective: Objective) -> Direction {
    var direction = descent(gradient)
    if dot(direction, gradient) >= 0 {
      pairs = []
      direction = gradient.map { -$0 }
    }
    // Without curvature the first step is as long as the gradient is short, at most 1.
    let length = pairs.isEmpty ? Swift.min(1, 1 / gradient.map { Swift.abs($0) }.reduce(0, +)) : 1
    return Direction(vector: direction, length: length)
  }

  mutating func learn(step: [Double], change: [Double]) {
    let product = dot(step, change)
    // An angle, which units do not change.
    guard product > 1e-10 * (dot(step, step) * dot(change, change)).squareRoot() else { return }
    pairs.append((step, change, product))
    if pairs.count > Swift.max(memory, 1) { pairs.removeFirst() }
  }

  /// −H · gradient, H built from the pairs.
  private func descent(_ gradient: [Double]) -> [Double] {
    var q = gradient, weights: [Double] = []
    for pair in pairs.reversed() {
      let weight = dot(pair.step, q) / pair.product
      weights.append(weight)
      q = moved(q, by: -weight, along: pair.change)
    }
    if let last = pairs.last {
      let scale = last.product / dot(last.change, last.change)
      q = q.map { $0 * scale }
    }
    for (pair, weight) in zip(pairs, weights.reversed()) {
      q = moved(q, by: weight - dot(pair.change, q) / pair.product, along: pair.step)
    }
    return q.map { -$0 }
  }
}
