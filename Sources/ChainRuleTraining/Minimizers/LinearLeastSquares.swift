import ChainRuleCore

/// ‖Aδ − b‖² + λ‖Dδ‖² made least by Householder reflections. Columns that depend on those before them get no step.
/// Source: Golub and Van Loan 2013, section 5.3.
package struct LinearLeastSquares {
  private let columns: [[Double]]
  private let right: [Double]

  /// - Parameter matrix: A `[rows, columns]`, row after row.
  package init(matrix: [Double], columns count: Int, right: [Double]) {
    columns = (0..<count).map { column in right.indices.map { matrix[$0 * count + column] } }
    self.right = right
  }

  /// The norms of A's columns.
  var norms: [Double] { columns.map { norm($0) } }

  /// δ.
  /// - Parameters:
  ///   - scale: the diagonal of D; not read where λ, the damping, is 0.
  ///   - other: another right side than b.
  package func step(damping: Double, scale: [Double], right other: [Double]? = nil) -> [Double] {
    let echelon = Echelon(columns, damping: damping, scale: scale, right: other ?? right)
    return echelon.solution(of: echelon.side)
  }

  /// (AᵀA)⁻¹, from the triangle R of A = QR: R⁻¹R⁻ᵀ. Where A does not determine an element of δ, its row and column are
  /// 0 and the diagonal is infinite.
  func inverseOfNormal() -> [[Double]] {
    let echelon = Echelon(columns, damping: 0, scale: [], right: right)
    let isOpen = echelon.undetermined
    let inverse = (0..<echelon.rank).map { row in
      echelon.solution(of: (0..<echelon.rank).map { $0 == row ? 1 : 0 })
    }
    return columns.indices.map { row in
      columns.indices.map { column in
        if isOpen[row] || isOpen[column] { return row == column ? .infinity : 0 }
        return inverse.reduce(0.0) { $0 + $1[row] * $1[column] }
      }
    }
  }

  /// The damped matrix reflected into echelon form, and the right side with it.
  private struct Echelon {
    var columns: [[Double]]
    var side: [Double]
    /// The row on which each column ends; nil for one that depends on those before it.
    var pivots: [Int?] = []
    var rank = 0

    init(_ original: [[Double]], damping: Double, scale: [Double], right: [Double]) {
      (columns, side) = (original, right)
      if damping > 0 {
        side += [Double](repeating: 0, count: original.count)
        for column in original.indices {
          columns[column] += original.indices.map { $0 == column ? damping.squareRoot() * scale[column] : 0 }
        }
      }
      let norms = columns.map { norm($0) }
      for column in columns.indices { reduce(column, norms[column]) }
    }

    private mutating func reduce(_ column: Int, _ whole: Double) {
      var mirror = columns[column]
      for row in 0..<Swift.min(rank, mirror.count) { mirror[row] = 0 }
      let length = norm(mirror)
      // What rounding could have left is nothing.
      guard length > 1e-14 * whole, rank < mirror.count else { return pivots.append(nil) }
      mirror[rank] += mirror[rank] < 0 ? -length : length
      let square = mirror.reduce(0) { $0 + $1 * $1 }
      for other in column..<columns.count { Self.reflect(&columns[other], mirror, square, from: rank) }
      Self.reflect(&side, mirror, square, from: rank)
      pivots.append(rank)
      rank += 1
    }

    private static func reflect(_ vector: inout [Double], _ mirror: [Double], _ square: Double, from start: Int) {
      var product = 0.0
      for row in start..<vector.count { product += mirror[row] * vector[row] }
      let share = 2 * product / square
      for row in start..<vector.count { vector[row] -= share * mirror[row] }
    }

    /// Rδ = side from below; 0 for what no pivot determines.
    func solution(of side: [Double]) -> [Double] {
      var side = side, solution = [Double](repeating: 0, count: columns.count)
      for column in columns.indices.reversed() {
        guard let row = pivots[column] else { continue }
        solution[column] = side[row] / columns[column][row]
        for above in 0..<row { side[above] -= columns[column][above] * solution[column] }
      }
      return solution
    }

    /// Elements that can change together without changing Aδ: a column without a pivot, and those that it depends on.
    var undetermined: [Bool] {
      var isOpen = pivots.map { $0 == nil }
      for column in columns.indices where pivots[column] == nil {
        let whole = norm(columns[column])
        for (place, part) in solution(of: Array(columns[column].prefix(rank))).enumerated()
        where part.magnitude * norm(columns[place]) > 1e-8 * whole { isOpen[place] = true }
      }
      return isOpen
    }
  }
}
