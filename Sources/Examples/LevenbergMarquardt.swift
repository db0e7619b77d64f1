import ChainRule

/// Least squares by Levenberg and Marquardt: the Jacobian is recorded once and read at every step.
///
/// A step δ solves min ‖J δ − r‖² + λ ‖D δ‖² with D the column norms of J (Marquardt 1963), by an orthogonal
/// decomposition of J with √λ D below it, so that the condition of J is not squared.
struct LeastSquares {
  let parameters: Node, residuals: Node, jacobian: Node

  /// `model` writes the curve in graph nodes: x is the column of abscissas, b the vector of parameters.
  init(x: [Double], y: [Double], start: [Double], model: (_ x: Node, _ b: Node) -> Node) throws {
    let graph = Graph()
    parameters = graph.input("b", start)
    let curve = model(graph.constant(x), parameters)
    residuals = graph.constant(y) - curve
    jacobian = try curve.jacobian(withRespectTo: parameters)
  }

  func sumOfSquares(at b: [Double]) throws -> Double {
    parameters.assign(Tensor(b))
    return try residuals.value().scalars.reduce(0) { $0 + $1 * $1 }
  }

  /// The parameters that minimize the sum of squares, and the number of steps.
  func minimize(steps limit: Int = 2000) throws -> (parameters: [Double], sumOfSquares: Double, steps: Int) {
    var b = try parameters.value().scalars, best = try sumOfSquares(at: b), damping = 1e-3, steps = 0
    while steps < limit {
      steps += 1
      _ = try sumOfSquares(at: b)
      let columns = try jacobian.value(), r = try residuals.value().scalars
      let change = damped(columns.scalars, r, damping)
      let next = zip(b, change).map { $0 + $1 }
      let sum = try sumOfSquares(at: next)
      if sum <= best {
        let isSettled = zip(change, b).allSatisfy { abs($0) <= 1e-15 * abs($1) }
        (b, best, damping) = (next, sum, damping / 10)
        if isSettled { break }
      } else {
        damping *= 10
        if damping > 1e12 { break }
      }
    }
    return (try polished(b), best, steps)
  }

  /// A few undamped steps: near the minimum the sum of squares no longer tells which parameters are better.
  private func polished(_ start: [Double]) throws -> [Double] {
    var b = start
    for _ in 0..<6 {
      _ = try sumOfSquares(at: b)
      let change = damped(try jacobian.value().scalars, try residuals.value().scalars, 0)
      b = zip(b, change).map { $0 + $1 }
    }
    return b
  }

  /// The least-squares solution of [J; √λ D] δ = [r; 0] by Householder reflections.
  private func damped(_ jacobian: [Double], _ residuals: [Double], _ damping: Double) -> [Double] {
    let columns = jacobian.count / residuals.count, rows = residuals.count + columns
    // Columns of length one: the parameters' units do not matter.
    var matrix: [[Double]] = [], norms: [Double] = []
    for column in 0..<columns {
      var values = residuals.indices.map { jacobian[$0 * columns + column] }
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      values = values.map { $0 / norm } + [Double](repeating: 0, count: columns)
      values[residuals.count + column] = damping.squareRoot()
      matrix.append(values)
      norms.append(norm)
    }
    var right = residuals + [Double](repeating: 0, count: columns)
    for column in 0..<columns {
      var reflector = [Double](repeating: 0, count: rows)
      for row in column..<rows { reflector[row] = matrix[column][row] }
      let length = reflector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      reflector[column] += reflector[column] < 0 ? -length : length
      let square = reflector.reduce(0) { $0 + $1 * $1 }
      if square == 0 { continue }
      func reflect(_ vector: inout [Double]) {
        let part = 2 * zip(reflector, vector).reduce(0) { $0 + $1.0 * $1.1 } / square
        for row in column..<rows { vector[row] -= part * reflector[row] }
      }
      for other in column..<columns { reflect(&matrix[other]) }
      reflect(&right)
    }
    var solution = [Double](repeating: 0, count: columns)
    for column in (0..<columns).reversed() {
      let known = ((column + 1)..<columns).reduce(0.0) { $0 + matrix[$1][column] * solution[$1] }
      solution[column] = (right[column] - known) / matrix[column][column]
    }
    return zip(solution, norms).map { $0 / $1 }
  }
}

/// Misra1a of the NIST Statistical Reference Datasets: y = b₁(1 − e^(−b₂x)), from the first published start.
func levenbergMarquardt() throws {
  let x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]
  let y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78]
  let problem = try LeastSquares(x: x, y: y, start: [500, 0.0001]) { x, b in -1 * b[0] * expm1(-1 * b[1] * x) }
  let fit = try problem.minimize()
  print("b1", Tensor(fit.parameters[0]), "certified 238.94212918")
  print("b2", Tensor(fit.parameters[1]), "certified 0.00055015643181")
  print("residual sum of squares", Tensor(fit.sumOfSquares), "certified 0.12455138894")
}
