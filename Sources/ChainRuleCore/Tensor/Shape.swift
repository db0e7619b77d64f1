/// The lengths of a tensor's axes, outermost first: `[2, 3]` is two rows of three columns, `[]` a single number.
///
/// A shape is total: asking for an axis that does not exist gives 0 instead of trapping, and negative
/// positions count from the end (`shape[-1]` is the innermost length).
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The length of each axis, the outermost first.
  public let dimensions: [Int]

  /// A shape of these lengths; whoever makes elements for it refuses negative ones.
  public init(_ dimensions: [Int]) { self.dimensions = dimensions }
  /// `[2, 3]` as a shape.
  public init(arrayLiteral elements: Int...) { dimensions = elements }

  /// The shape of a single number.
  public static let scalar = Shape([])

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The number of elements; saturates instead of overflowing, and is 0 when a length is negative.
  public var elementCount: Int {
    var count = 1
    for length in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if length < 0 { return 0 }
      count = overflow ? Int.max : product
      if count == 0 { return 0 }
    }
    return count
  }

  /// The length of an axis; negative positions count from the end, and a missing axis has length 0.
  public subscript(axis: Int) -> Int {
    let position = axis < 0 ? axis &+ rank : axis
    return dimensions.indices.contains(position) ? dimensions[position] : 0
  }

  /// `[2, 3]`, as it is written in a program.
  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }

  /// The axis as a position from the front.
  /// - Throws: an error that names `origin` when there is no such axis.
  public func position(ofAxis axis: Int, in origin: String) throws -> Int {
    let position = axis < 0 ? axis &+ rank : axis
    guard dimensions.indices.contains(position) else {
      throw ChainRuleError(
        .shape, in: origin, required: rank == 0 ? "a tensor with axes" : "an axis in \(-rank)…\(rank - 1)",
        got: "axis \(axis) for shape \(self)", hint: "Negative axes count from the end.")
    }
    return position
  }

  /// The axes as sorted positions, each once; `nil` means all axes.
  /// - Throws: when an axis is missing or named twice.
  public func positions(ofAxes axes: [Int]?, in origin: String) throws -> [Int] {
    guard let axes else { return Array(0..<rank) }
    let positions = try axes.map { try position(ofAxis: $0, in: origin) }.sorted()
    for (one, next) in zip(positions, positions.dropFirst()) where one == next {
      throw ChainRuleError(.shape, in: origin, required: "each axis once", got: "axes \(axes) for shape \(self)")
    }
    return positions
  }

  /// The shape after a reduction over the axes (sorted positions).
  package func reduced(over axes: [Int], keepingDimensions: Bool) -> Shape {
    var result: [Int] = []
    for (position, length) in dimensions.enumerated() {
      if !axes.contains(position) { result.append(length) } else if keepingDimensions { result.append(1) }
    }
    return Shape(result)
  }

  /// The common shape of two operands by NumPy's rule, `nil` when there is none.
  ///
  /// Aligned at the end, lengths are equal or one of them is 1: `[4, 1]` and `[3]` make `[4, 3]`.
  public func broadcast(with other: Shape) -> Shape? {
    if self == other { return self }
    let rank = Swift.max(self.rank, other.rank)
    var result = [Int](repeating: 1, count: rank)
    for offset in 1...rank {
      let (a, b) = (offset <= self.rank ? self[-offset] : 1, offset <= other.rank ? other[-offset] : 1)
      guard a == b || a == 1 || b == 1 else { return nil }
      result[rank - offset] = a == 1 ? b : a
    }
    return Shape(result)
  }

  /// Row-major steps in elements: how far apart neighbours along each axis lie.
  package var strides: [Int] {
    var result = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { result[axis] = result[axis + 1] &* dimensions[axis + 1] }
    return result
  }

  /// The shape seen as `[outer, length, inner]` around one axis.
  package func split(at axis: Int) -> (outer: Int, length: Int, inner: Int) {
    (
      Shape(Array(dimensions[..<axis])).elementCount, dimensions[axis],
      Shape(Array(dimensions[(axis + 1)...])).elementCount
    )
  }
}
