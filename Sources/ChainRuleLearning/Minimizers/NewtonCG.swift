/// Newton's method for many unknowns: H d = −g is solved by conjugate gradients, which need H·v only, as far as it is
/// worth at this distance from the minimum, and until a direction of negative curvature is met.
/// Sources: Dembo and Steihaug 1983; Nocedal and Wright 2006, algorithm 7.1.
struct NewtonCG {
  func minimize(
    _ objective: Objective, _ start: [Double], _ first: (value: Double, gradient: [Double]), _ tolerance: Double,
    _ iterations: Int
  ) throws -> Minimum {
    var (point, value, gradient) = (start, first.value, first.gradient)
    var values: [Double] = []
    while largest(gradient) > tolerance, values.count < iterations {
      _ = try objective.evaluate(at: point)
      let direction = try newtonDirection(objective, gradient)
      let search = LineSearch(
        objective: objective, point: point, direction: direction, value: value, slope: dot(direction, gradient))
      guard let step = try search.run(from: 1) else { break }
      (point, value, gradient) = (step.point, step.value, step.gradient)
      values.append(value)
    }
    return Minimum(
      point: point, value: value, gradientSize: largest(gradient), iterations: values.count,
      hasConverged: largest(gradient) <= tolerance, values: values)
  }

  private func newtonDirection(_ objective: Objective, _ gradient: [Double]) throws -> [Double] {
    let norm = dot(gradient, gradient).squareRoot()
    let enough = Swift.min(0.5, norm.squareRoot()) * norm
    var solution = [Double](repeating: 0, count: gradient.count)
    var residual = gradient, direction = gradient.map { -$0 }
    var size = dot(residual, residual)
    for round in 0..<Swift.max(20, 2 * gradient.count) {
      let product = try objective.hessianProduct(along: direction)
      let bend = dot(direction, product)
      if bend <= 1e-14 * dot(direction, direction) { return round == 0 ? direction : solution }
      let length = size / bend
      solution = sum(solution, length, direction)
      residual = sum(residual, length, product)
      let next = dot(residual, residual)
      if next.squareRoot() < enough { break }
      direction = sum(residual.map { -$0 }, next / size, direction)
      size = next
    }
    return solution
  }
}
