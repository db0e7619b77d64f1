/// Limited-memory BFGS: the inverse Hessian is known by what the last steps did to the gradient.
/// Sources: Liu and Nocedal 1989; the two loops: Nocedal 1980.
struct LBFGS {
  let memory: Int

  func minimize(
    _ objective: Objective, _ start: [Double], _ first: (value: Double, gradient: [Double]), _ tolerance: Double,
    _ iterations: Int
  ) throws -> Minimum {
    var (point, value, gradient) = (start, first.value, first.gradient)
    var pairs: [(step: [Double], change: [Double], product: Double)] = []
    var values: [Double] = []
    while largest(gradient) > tolerance, values.count < iterations {
      var direction = descent(gradient, pairs)
      if dot(direction, gradient) >= 0 {
        pairs = []
        direction = gradient.map { -$0 }
      }
      let search = LineSearch(
        objective: objective, point: point, direction: direction, value: value, slope: dot(direction, gradient))
      let length = pairs.isEmpty ? Swift.min(1, 1 / gradient.map { Swift.abs($0) }.reduce(0, +)) : 1
      guard let step = try search.run(from: length) else { break }
      let (moved, change) = (sum(step.point, -1, point), sum(step.gradient, -1, gradient))
      let product = dot(moved, change)
      if product > 1e-12 * dot(change, change) {
        pairs.append((moved, change, product))
        if pairs.count > Swift.max(memory, 1) { pairs.removeFirst() }
      }
      (point, value, gradient) = (step.point, step.value, step.gradient)
      values.append(value)
    }
    return Minimum(
      point: point, value: value, gradientSize: largest(gradient), iterations: values.count,
      hasConverged: largest(gradient) <= tolerance, values: values)
  }

  /// −H · gradient, H built from the pairs.
  private func descent(
    _ gradient: [Double], _ pairs: [(step: [Double], change: [Double], product: Double)]
  ) -> [Double] {
    var q = gradient, weights: [Double] = []
    for pair in pairs.reversed() {
      let weight = dot(pair.step, q) / pair.product
      weights.append(weight)
      q = sum(q, -weight, pair.change)
    }
    if let last = pairs.last {
      let scale = last.product / dot(last.change, last.change)
      q = q.map { $0 * scale }
    }
    for (pair, weight) in zip(pairs, weights.reversed()) {
      q = sum(q, weight - dot(pair.change, q) / pair.product, pair.step)
    }
    return q.map { -$0 }
  }
}
