/// Rows: a part of a value whose elements lie in stretches of equal length, equally far apart.
///
/// | part | length | stride |
/// |---|---|---|
/// | x[0..., 2..<5] of shape [m, n] | 3 | n |
/// | x[0..., 1] of shape [b, t, n] | n | t·n |
/// | the second of a, b joined along the last axis | columns of b | columns of both |
///
/// A group reads such a part where it lies, and writes it where it belongs; a product reads it as a matrix.
struct Rows: Hashable, Sendable {
  /// The element that the first stretch begins with.
  var offset: Int
  /// Elements of all stretches, and of each.
  var count: Int, length: Int
  /// Elements from the start of one stretch to that of the next; of no meaning where there is one.
  var stride: Int

  var isConsecutive: Bool { length == count }

  /// The stretches as ranges of elements.
  var ranges: [Range<Int>] {
    (0..<(length == 0 ? 0 : count / length)).map { offset + $0 * stride..<offset + $0 * stride + length }
  }

  /// As many stretches right behind each other.
  var together: Rows { Rows(offset: 0, count: count, length: length, stride: length) }

  /// Shorter stretches than this are not worth a row of their own.
  static let shortest = 8
}

extension Shape {
  /// The elements of a part of this shape as rows, if they lie so.
  func rows(starts: [Int], counts: [Int], steps: [Int]) -> Rows? {
    let count = counts.reduce(1, *), strides = strides
    let offset = zip(starts, strides).map(*).reduce(0, +)
    var runs: [(count: Int, stride: Int)] = []  // from the last axis on
    for axis in (0..<rank).reversed() where counts[axis] != 1 {
      let stride = strides[axis] * steps[axis]
      if let last = runs.last, stride == last.count * last.stride {
        runs[runs.count - 1].count *= counts[axis]
      } else {
        runs.append((counts[axis], stride))
      }
    }
    guard count > 0, runs.count <= 2, runs.first.map({ $0.stride == 1 }) ?? true else { return nil }
    let length = runs.first?.count ?? 1
    return Rows(offset: offset, count: count, length: length, stride: runs.count == 2 ? runs[1].stride : length)
  }

  /// The first element of a part of this shape whose elements are consecutive; `nil` where they are not, or none.
  func offsetOfConsecutive(starts: [Int], counts: [Int], steps: [Int]) -> Int? {
    rows(starts: starts, counts: counts, steps: steps).flatMap { $0.isConsecutive ? $0.offset : nil }
  }
}
