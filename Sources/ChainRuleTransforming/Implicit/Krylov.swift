import ChainRuleCore

/// Solvers of A·x = b that only multiply by A.
struct Krylov {
  let name: String
  /// The residual that is small enough, as a share of b.
  let tolerance: Double
  let bound: Int
  /// A times a vector.
  let apply: ([Double]) throws -> [Double]

  /// Generalized minimal residuals (Saad and Schultz 1986), begun anew every 100 steps: any matrix.
  func gmres(_ b: [Double], memory: Int = 100) throws -> [Double] {
    let size = norm(b)
    guard size > 0 else { return b }
    var x = [Double](repeating: 0, count: b.count), residual = b, steps = 0, before = Double.infinity, largest = 0.0
    while true {
      let rest = norm(residual)
      if rest <= tolerance * size { return x }
      // Rounding lets nothing better come: as good as it gets is good where little is missing, beside |A||x| + |b|.
      let all = Swift.min(size + largest * norm(x), 1e6 * size)
      if rest >= 0.5 * before, rest <= 1e3 * tolerance * all { return x }
      guard steps < bound, rest.isFinite, rest < 0.999 * before || steps == 0 else { throw stuck(rest / size, steps) }
      before = rest
      let (correction, made) = try cycle(residual, rest, Swift.min(memory, b.count), size, &largest)
      steps += made
      for place in x.indices { x[place] += correction[place] }
      residual = zip(b, try apply(x)).map { $0 - $1 }
    }
  }

  /// One cycle: an orthonormal base of the Krylov space, and least squares in it by Givens rotations.
  private func cycle(
    _ residual: [Double], _ rest: Double, _ length: Int, _ size: Double, _ largest: inout Double
  ) throws -> ([Double], Int) {
    var base = [residual.map { $0 / rest }], columns: [[Double]] = [], rotations: [(c: Double, s: Double)] = []
    var right = [rest]
    for step in 0..<length {
      var vector = try apply(base[step]), column: [Double] = []
      largest = Swift.max(largest, norm(vector))
      for _ in 0..<2 {  // the second time takes what rounding left
        for (place, direction) in base.enumerated() {
          let part = dot(direction, vector)
          if column.count <= place { column.append(part) } else { column[place] += part }
          for element in vector.indices { vector[element] -= part * direction[element] }
        }
      }
      let length = norm(vector)
      column.append(length)
      for (place, rotation) in rotations.enumerated() {
        (column[place], column[place + 1]) = (
          rotation.c * column[place] + rotation.s * column[place + 1],
          -rotation.s * column[place] + rotation.c * column[place + 1]
        )
      }
      let (p, q) = (column[step], column[step + 1]), r = (p * p + q * q).squareRoot()
      guard r > 0, r.isFinite else { break }
      rotations.append((p / r, q / r))
      (column[step], column[step + 1]) = (r, 0)
      right.append(-q / r * right[step])
      right[step] *= p / r
      columns.append(column)
      if right[step + 1].magnitude <= 0.1 * tolerance * size || length <= 1e-300 { break }
      base.append(vector.map { $0 / length })
    }
    return (combination(columns, right, base, residual.count), Swift.max(1, columns.count))
  }

  /// The triangular system of a cycle, solved, and its solution in the base.
  private func combination(_ columns: [[Double]], _ right: [Double], _ base: [[Double]], _ count: Int) -> [Double] {
    var weights = right
    for row in columns.indices.reversed() {
      for column in (row + 1)..<Swift.max(row + 1, columns.count) {
        weights[row] -= columns[column][row] * weights[column]
      }
      weights[row] /= columns[row][row]
    }
    var sum = [Double](repeating: 0, count: count)
    for step in columns.indices {
      for place in sum.indices { sum[place] += weights[step] * base[step][place] }
    }
    return sum
  }

  /// Conjugate gradients (Hestenes and Stiefel 1952): symmetric positive definite matrices.
  func conjugateGradients(_ b: [Double]) throws -> [Double] {
    let size = norm(b)
    guard size > 0 else { return b }
    var x = [Double](repeating: 0, count: b.count), residual = b, direction = b, square = dot(b, b)
    var least = square, idle = 0
    for step in 0..<bound {
      let rest = square.squareRoot()
      // Rounding lets nothing better come: as good as it gets is good where little is missing.
      if rest <= tolerance * size || (idle > 10 && rest <= 1e3 * tolerance * size) { return x }
      let image = try apply(direction), curvature = dot(direction, image)
      guard curvature > 0 else {
        throw ChainRuleError(
          .value, in: name, required: "a symmetric positive definite map for conjugate gradients",
          got: "a direction of curvature \(Tensor.digits(curvature)) after \(step) steps", hint: "Use method: .gmres.")
      }
      let length = square / curvature
      for place in x.indices {
        x[place] += length * direction[place]
        residual[place] -= length * image[place]
      }
      let next = dot(residual, residual)
      for place in x.indices { direction[place] = residual[place] + next / square * direction[place] }
      square = next
      (least, idle) = next < 0.25 * least ? (next, 0) : (least, idle + 1)
    }
    throw stuck(norm(residual) / size, bound)
  }

  private func stuck(_ rest: Double, _ steps: Int) -> ChainRuleError {
    ChainRuleError(
      .value, in: name, required: "a system that can be solved to \(Tensor.digits(tolerance))",
      got: "a residual of \(Tensor.digits(rest)) of the right side after \(steps) steps",
      hint: "The map may be singular there, not linear, or need more iterations.")
  }
}
