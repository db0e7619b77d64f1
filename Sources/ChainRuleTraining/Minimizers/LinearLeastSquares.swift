/// ‖Aδ − b‖² + λ‖Dδ‖² made least by Householder reflections. A column of zeros gets no step. Source: Golub and Van Loan 2013, section 5.3.
struct LinearLeastSquares {
  private let columns: [[Double]]
  private let right: [Double]

  /// - Parameter matrix: A `[rows, columns]`, row after row.
  init(matrix: [Double], columns count: Int, right: [Double]) {
    columns = (0..<count).map { column in right.indices.map { matrix[$0 * count + column] } }
    self.right = right
  }

  /// The norms of A's columns.
  var norms: [Double] { columns.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() } }

  /// δ.
  /// - Parameters:
  ///   - scale: the diagonal of D; not read where λ, the damping, is 0.
  ///   - other: another right side than b.
  func step(damping: Double, scale: [Double], right other: [Double]? = nil) -> [Double] {
    let (triangle, reflected) = reduced(damping: damping, scale: scale, right: other ?? right)
    var side = reflected
    solveUpper(triangle, &side)
    return Array(side.prefix(columns.count))
  }

  /// (AᵀA)⁻¹, from the triangle R of A = QR: R⁻¹R⁻ᵀ. Where A does not determine an element of δ, its row and column are
  /// 0 and the diagonal is infinite.
  func inverseOfNormal() -> [[Double]] {
    let count = columns.count
    let (triangle, _) = reduced(damping: 0, scale: [], right: right)
    let isOpen = undetermined(triangle)
    let inverse = (0..<count).map { column in
      var unit = (0..<count).map { $0 == column ? 1.0 : 0 }
      solveUpper(triangle, &unit)
      return unit
    }
    return (0..<count).map { row in
      (0..<count).map { column in
        if isOpen[row] || isOpen[column] { return row == column ? .infinity : 0 }
        return (0..<count).reduce(0.0) { $0 + inverse[$1][row] * inverse[$1][column] }
      }
    }
  }

  /// Elements that can change together without changing Aδ: those of a vector that R takes to 0.
  private func undetermined(_ triangle: [[Double]]) -> [Bool] {
    var isOpen = [Bool](repeating: false, count: columns.count)
    let norms = norms
    for pivot in columns.indices where isTiny(triangle[pivot][pivot], pivot) {
      isOpen[pivot] = true
      var null = columns.indices.map { $0 < pivot ? triangle[pivot][$0] : 0 }
      solveUpper(triangle, &null)
      for row in 0..<pivot where abs(null[row]) * norms[row] > 1e-8 * norms[pivot] { isOpen[row] = true }
    }
    return isOpen
  }

  /// Whether a pivot is no more than rounding could have left.
  private func isTiny(_ pivot: Double, _ column: Int) -> Bool { abs(pivot) <= 1e-14 * norms[column] }

  /// The columns of the damped matrix reflected onto their axes, and the right side with them.
  private func reduced(
    damping: Double, scale: [Double], right: [Double]
  ) -> (triangle: [[Double]], side: [Double]) {
    let count = columns.count
    var columns = columns, side = right
    if damping > 0 {
      side += [Double](repeating: 0, count: count)
      for column in 0..<count {
        columns[column] += (0..<count).map { $0 == column ? damping.squareRoot() * scale[column] : 0 }
      }
    }
    for pivot in 0..<count {
      var mirror = columns[pivot]
      for row in 0..<pivot { mirror[row] = 0 }
      let norm = mirror.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0 else { continue }
      mirror[pivot] += mirror[pivot] < 0 ? -norm : norm
      let square = mirror.reduce(0) { $0 + $1 * $1 }
      func reflect(_ vector: inout [Double]) {
        var product = 0.0
        for row in pivot..<vector.count { product += mirror[row] * vector[row] }
        let share = 2 * product / square
        for row in pivot..<vector.count { vector[row] -= share * mirror[row] }
      }
      for column in pivot..<count { reflect(&columns[column]) }
      reflect(&side)
    }
    return (columns, side)
  }

  /// Rx = b from below, R given by columns; what no pivot determines stays 0.
  private func solveUpper(_ triangle: [[Double]], _ side: inout [Double]) {
    let norms = norms
    for row in columns.indices.reversed() {
      guard abs(triangle[row][row]) > 1e-14 * norms[row] else {
        side[row] = 0
        continue
      }
      side[row] /= triangle[row][row]
      for above in 0..<row { side[above] -= triangle[row][above] * side[row] }
    }
  }
}
