extension RowBlockStep {
  /// Bytes that the largest products of a block need for themselves.
  var productBytes: Int {
    func bytes(_ m: Int, _ n: Int, _ k: Int, _ transposed: (Bool, Bool), _ lda: Int, _ ldb: Int, _ ldc: Int) -> Int {
      PreparedProduct(
        isDouble: isDouble, m: m, n: n, k: k, transposed: transposed, lda: lda, ldb: ldb, ldc: ldc,
        roundsFactors: roundsFactors
      ).scratchBytes
    }
    let wide = columns + 16
    let needs =
      factors.map {
        bytes(
          blockRows, Self.panel, $0.depth, ($0.isATransposed, false), $0.isATransposed ? rows : $0.depth, Self.panel,
          wide)
      }
      + results.map { result in
        let extent = result.isSum ? columns : blockRows, depth = result.isSum ? blockRows : columns
        let stored = result.isWideLeft == result.isOtherTransposed ? (result.isSum ? rows : columns) : result.width
        return result.isWideLeft
          ? bytes(
            extent, result.width, depth, (result.isWideTransposed, result.isOtherTransposed), wide, stored,
            result.width)
          : bytes(
            result.width, extent, depth, (result.isOtherTransposed, result.isWideTransposed), stored, wide,
            result.isSum ? columns : rows)
      }
    return needs.reduce(0, Swift.max) * 2 + 64
  }
}
