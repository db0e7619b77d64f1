#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Tensor: CustomStringConvertible {
  /// Reads like the matrix it is; axes longer than eight are elided in the middle.
  public var description: String {
    if let error { return "Tensor(error: \(error))" }
    if shape.rank == 0 { return Self.digits(element(0)) }
    if isEmpty { return "Tensor(shape: \(shape))" }
    let shown = Self.shownPositions(shape)
    let width = shown.map { Self.digits(element($0)).count }.max() ?? 1
    return rows(axis: 0, start: 0, width: width, indent: 1)
  }

  private func rows(axis: Int, start: Int, width: Int, indent: Int) -> String {
    let step = shape.strides[axis]
    let parts: [String] = Self.shownIndices(shape[axis]).map { index in
      guard let index else { return "…" }
      if axis == shape.rank - 1 {
        let text = Self.digits(element(start + index * step))
        return String(repeating: " ", count: width - text.count) + text
      }
      return rows(axis: axis + 1, start: start + index * step, width: width, indent: indent + 1)
    }
    let separator =
      axis == shape.rank - 1
      ? ", " : "," + String(repeating: "\n", count: shape.rank - 1 - axis) + String(repeating: " ", count: indent)
    return "[" + parts.joined(separator: separator) + "]"
  }

  /// The indices of an axis that are printed; `nil` stands for the elided ones.
  private static func shownIndices(_ length: Int) -> [Int?] {
    length <= 8 ? Array(0..<length) : [0, 1, 2, nil, length - 3, length - 2, length - 1]
  }

  private static func shownPositions(_ shape: Shape) -> [Int] {
    var positions = [0]
    for axis in 0..<shape.rank {
      let step = shape.strides[axis]
      let indices = shownIndices(shape[axis]).compactMap { $0 }
      positions = positions.flatMap { start in indices.map { start + $0 * step } }
    }
    return positions
  }

  /// A number with at most six significant digits, without trailing zeros.
  package static func digits(_ value: Double) -> String { text(value, significantDigits: 6) }

  /// A number with at most the given significant digits (C's `%g`).
  package static func text(_ value: Double, significantDigits: Int) -> String {
    if value.isNaN { return "nan" }
    var buffer = [CChar](repeating: 0, count: 64)
    let count = withVaList([Int32(significantDigits), value]) { vsnprintf(&buffer, buffer.count, "%.*g", $0) }
    return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
