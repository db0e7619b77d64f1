import CKernels

/// A matrix `[k, n]` as whole numbers of 8 bits with a scale for each column: w ≈ q ∘ scale, |q| ≤ 127.
///
/// A column's scale is its largest magnitude over 127, so that no element is off by more than half a scale.
final class QuantizedMatrix: Sendable {
  let rows: Int, columns: Int
  /// In panels of columns (see CKernels.h), so that a product reads it in sequence.
  private let panels: [Int8]
  /// One for each column, in the precision of the products.
  private let scales: Tensor
  private var panelCount: Int { (columns + Int(CR_INT8_PANEL) - 1) / Int(CR_INT8_PANEL) }
  /// What it takes: the numbers and the scales.
  var byteCount: Int { panels.count + columns * scales.elementType.stride }

  /// - Parameter isTransposed: the matrix is given as `[n, k]`.
  /// - Returns: `nil` where an element is not finite.
  init?(_ matrix: Tensor, isTransposed: Bool) {
    let numbers = matrix.scalars, width = Int(CR_INT8_PANEL)
    let (rows, columns) = isTransposed ? (matrix.shape[1], matrix.shape[0]) : (matrix.shape[0], matrix.shape[1])
    guard numbers.allSatisfy(\.isFinite) else { return nil }
    func element(_ row: Int, _ column: Int) -> Double {
      numbers[isTransposed ? column * rows + row : row * columns + column]
    }
    var largest = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns { largest[column] = Swift.max(largest[column], element(row, column).magnitude) }
    }
    let scales = largest.map { $0 / 127 }
    var panels = [Int8](repeating: 0, count: rows * ((columns + width - 1) / width * width))
    for row in 0..<rows {
      for column in 0..<columns where scales[column] > 0 {
        let place = column / width * width * rows + row * width + column % width
        panels[place] = Int8((element(row, column) / scales[column]).rounded(.toNearestOrEven))
      }
    }
    (self.rows, self.columns, self.panels) = (rows, columns, panels)
    self.scales = Tensor(shape: [columns], scales).converted(to: matrix.elementType)
  }

  /// Bytes of scratch that each thread needs for a product of `m` rows.
  func scratchBytes(_ m: Int) -> Int {
    Kernels.withElement(isDouble: scales.elementType == .float64) { $0.int8ScratchBytes(m, rows) }
  }

  /// How many parts are worth a thread each: panels of columns, whose sums are never cut.
  func parts(_ m: Int) -> Int { Swift.max(1, Swift.min(panelCount, 16, m * rows * columns / 131_072)) }

  /// One of `count` parts of y[m, n] = x[m, k] · w.
  func multiply(
    _ m: Int, _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, part: Int, of count: Int,
    scratch: UnsafeMutableRawPointer
  ) {
    let range = panelCount * part / count..<panelCount * (part + 1) / count
    panels.withUnsafeBufferPointer { panels in
      guard let base = panels.baseAddress else { return }
      Kernels.withElement(isDouble: scales.elementType == .float64) {
        $0.multiply(m, rows, columns, range, x, int8: base, scales.storage.base, y, scratch)
      }
    }
  }

  /// The product of rows `[m, k]` with the matrix, `[m, n]`.
  func product(_ x: Tensor) throws -> Tensor {
    let x = x.converted(to: scales.elementType), m = x.shape.elementCount / Swift.max(1, rows)
    let result = try Kernels.make([m, columns], scales.elementType)
    withUnsafeTemporaryAllocation(byteCount: scratchBytes(m) + 64, alignment: 64) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      multiply(m, x.storage.base, result.storage.base, part: 0, of: 1, scratch: scratch)
    }
    withExtendedLifetime(x) {}
    return result
  }
}
