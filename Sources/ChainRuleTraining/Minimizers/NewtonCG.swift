import ChainRuleCore

/// Newton's method for many unknowns: H d = −g is solved by conjugate gradients, which need H·v only, as far as it is
/// worth at this distance from the minimum, and until a direction of negative curvature is met.
/// Sources: Dembo and Steihaug 1983; Nocedal and Wright 2006, algorithm 7.1.
struct NewtonCG: DescentMethod {
  func direction(at point: [Double], _ gradient: [Double], _ objective: Objective) throws -> Direction {
    // The line search has moved the leaves, at which Hessian products are taken, past its last point.
    _ = try objective.evaluate(at: point)
    return Direction(vector: try newtonDirection(objective, gradient), length: 1)
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
      let least = 1e-14 * (dot(direction, direction) * dot(product, product)).squareRoot()
      if bend <= least { return round == 0 ? direction : solution }
      let length = size / bend
      solution = moved(solution, by: length, along: direction)
      residual = moved(residual, by: length, along: product)
      let next = dot(residual, residual)
      if next.squareRoot() < enough { break }
      direction = moved(residual.map { -$0 }, by: next / size, along: direction)
      size = next
    }
    return solution
  }
}
