import ChainRule

/// Least squares by Levenberg and Marquardt: steps δ that minimize ‖Jδ + r‖² + λ‖Dδ‖², J being the Jacobian that the
/// graph differentiates and D the norms of its columns, so that the scale of a parameter does not matter
/// (Moré 1978). Solved by Householder reflections, not by JᵀJ, whose condition would be squared.
struct LevenbergMarquardt {
  /// The residuals `[m]`, recorded from the parameters `[n]`.
  let residuals: Node
  let parameters: Node

  struct Fit {
    var parameters: [Double]
    var residualSumOfSquares: Double
    var iterations: Int
  }

  func fit(from start: [Double], iterations: Int = 2_000) throws -> Fit {
    let jacobian = try residuals.jacobian(withRespectTo: parameters)
    var fit = Fit(parameters: start, residualSumOfSquares: try sumOfSquares(at: start), iterations: 0)
    var damping = 1e-2
    while fit.iterations < iterations, damping < 1e30 {
      fit.iterations += 1
      parameters.assign(Tensor(fit.parameters))
      let step = Self.step(
        jacobian: try jacobian.value().scalars, residuals: try residuals.value().scalars, damping: damping)
      let trial = zip(fit.parameters, step).map { $0 + $1 }
      let sum = try sumOfSquares(at: trial)
      if sum < fit.residualSumOfSquares {
        (fit.parameters, fit.residualSumOfSquares) = (trial, sum)
        damping = max(damping / 10, 1e-20)
      } else {
        damping *= 10
      }
    }
    return try polished(fit, jacobian)
  }

  /// The sum of squares is flat to rounding near its minimum, where the gradient is not yet zero: undamped steps
  /// (Gauss and Newton) go on as long as they shrink.
  private func polished(_ fit: Fit, _ jacobian: Node) throws -> Fit {
    var (fit, last) = (fit, Double.infinity)
    for _ in 0..<200 {
      parameters.assign(Tensor(fit.parameters))
      let step = Self.step(jacobian: try jacobian.value().scalars, residuals: try residuals.value().scalars, damping: 0)
      let size = zip(step, fit.parameters).map { abs($0 / $1) }.max() ?? 0
      guard size < last else { break }
      fit.parameters = zip(fit.parameters, step).map { $0 + $1 }
      (fit.iterations, last) = (fit.iterations + 1, size)
    }
    fit.residualSumOfSquares = try sumOfSquares(at: fit.parameters)
    return fit
  }

  private func sumOfSquares(at point: [Double]) throws -> Double {
    parameters.assign(Tensor(point))
    let sum = try residuals.value().scalars.reduce(0) { $0 + $1 * $1 }
    return sum.isFinite ? sum : .infinity
  }

  /// The least-squares solution of [J; √λ D] δ = [−r; 0].
  static func step(jacobian: [Double], residuals: [Double], damping: Double) -> [Double] {
    let (m, n) = (residuals.count, jacobian.count / residuals.count)
    var columns = (0..<n).map { column in (0..<m).map { jacobian[$0 * n + column] } }
    for column in 0..<n {
      let norm = columns[column].reduce(0) { $0 + $1 * $1 }.squareRoot()
      columns[column] += (0..<n).map { $0 == column ? damping.squareRoot() * norm : 0 }
    }
    var right = residuals.map { -$0 } + [Double](repeating: 0, count: n)
    for pivot in 0..<n {  // reflect column `pivot` onto its axis
      var mirror = columns[pivot]
      for row in 0..<pivot { mirror[row] = 0 }
      let norm = mirror.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0 else { continue }
      mirror[pivot] += mirror[pivot] < 0 ? -norm : norm
      let square = mirror.reduce(0) { $0 + $1 * $1 }
      func reflected(_ vector: [Double]) -> [Double] {
        let share = 2 * zip(mirror, vector).reduce(0) { $0 + $1.0 * $1.1 } / square
        return zip(vector, mirror).map { $0 - share * $1 }
      }
      for column in pivot..<n { columns[column] = reflected(columns[column]) }
      right = reflected(right)
    }
    var solution = [Double](repeating: 0, count: n)
    for row in (0..<n).reversed() where columns[row][row] != 0 {
      let known = ((row + 1)..<n).reduce(0) { $0 + columns[$1][row] * solution[$1] }
      solution[row] = (right[row] - known) / columns[row][row]
    }
    return solution
  }
}

/// NIST's Misra1a: y = b₁ (1 − e^(−b₂x)), certified b = (238.94212918, 0.00055015643181).
func levenbergMarquardt() throws {
  let graph = Graph()
  let x = graph.constant([77.6, 114.9, 141.1, 190.8, 239.9, 289, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760])
  let y = graph.constant([
    10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78,
  ])
  let b = graph.input("b", [500, 0.0001])
  let residuals = b[0] * (1 - exp(-b[1] * x)) - y
  let fit = try LevenbergMarquardt(residuals: residuals, parameters: b).fit(from: [500, 0.0001])
  print("b =", Tensor(fit.parameters))
  print("sum of squares", Tensor(fit.residualSumOfSquares))
}
