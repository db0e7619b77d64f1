/// An interval for every element of a tensor.
///
/// ```swift
/// let y = try sigmoid(x).enclosure(over: [x: 0.9...1.1])
/// print(y[0].certainDigits ?? "none", y.regularity)     // 0.7, smooth
/// ```
public struct Enclosure: Sendable, Hashable {
  /// The tensor's shape.
  public let shape: Shape
  /// The elements in row-major order.
  public var intervals: [Interval]

  /// An interval for every element of `shape`, in row-major order.
  public init(shape: Shape, _ intervals: [Interval]) { (self.shape, self.intervals) = (shape, intervals) }

  /// Every element is one number, its value in the tensor.
  public init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, tensor.scalars.map { $0.isNaN ? .everything : Interval($0) })
  }

  /// The same interval for every element; a shape that no memory holds has none.
  public init(shape: Shape, _ range: ClosedRange<Double>) {
    let count = shape.elementCount < 1 << 32 ? shape.elementCount : 0
    self.init(shape: shape, Array(repeating: Interval(range.lowerBound, range.upperBound), count: count))
  }

  /// The element at a row-major position; where there is none, nothing is known of it.
  public subscript(position: Int) -> Interval {
    intervals.indices.contains(position) ? intervals[position] : .everything
  }

  /// The smaller bounds.
  public var lower: Tensor { Tensor(shape: shape, intervals.map(\.lower)) }
  /// The larger bounds.
  public var upper: Tensor { Tensor(shape: shape, intervals.map(\.upper)) }
  /// What is proved of every element.
  public var regularity: Interval.Regularity { intervals.map(\.regularity).min() ?? .smooth }
  /// The widest element's width.
  public var width: Double { intervals.map(\.width).max() ?? 0 }

  /// From tensors of bounds, with what is proved of every element.
  init(lower: Tensor, upper: Tensor, regularity: (Int) -> Interval.Regularity) {
    self.init(
      shape: lower.shape,
      zip(lower.scalars, upper.scalars).enumerated().map { position, bounds in
        bounds.0.isNaN || bounds.1.isNaN ? .everything : Interval(bounds.0, bounds.1, regularity(position))
      })
  }
}

extension Enclosure: CustomStringConvertible {
  /// The bounds of every element, in rows.
  public var description: String {
    shape.rank == 0 ? "\(intervals[0])" : "shape \(shape): " + intervals.map(\.description).joined(separator: ", ")
  }
}
