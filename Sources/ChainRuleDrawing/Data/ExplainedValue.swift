/// The numbers of a node, small enough to look at: every element of a small tensor, a summary of a large one.
public struct ExplainedValue: Sendable, Equatable {
  /// Sizes of the axes; empty for a scalar.
  public var shape: [Int]
  /// Every element in row-major order, or empty where the tensor is too large to show (`summary` then speaks for it).
  public var scalars: [Double]
  /// Present where the elements are not.
  public var summary: Summary?

  /// What is kept of a tensor that is too large to show.
  public struct Summary: Sendable, Equatable {
    /// The smallest element.
    public var min: Double
    /// The mean of all elements.
    public var mean: Double
    /// The largest element.
    public var max: Double
    /// A summary of these three; all NaN where any element is.
    public init(min: Double, mean: Double, max: Double) {
      self.min = min
      self.mean = mean
      self.max = max
    }
  }

  /// Keeps the elements when there are at most `limit` of them, and their smallest, mean and largest otherwise.
  /// A NaN anywhere makes the whole summary NaN: it must not hide.
  public init(shape: [Int], scalars: [Double], limit: Int = 64) {
    self.shape = shape
    guard scalars.count > limit else {
      self.scalars = scalars
      return
    }
    self.scalars = []
    summary = Summary(of: scalars)
  }

  /// A single number.
  public init(_ scalar: Double) {
    self.init(shape: [], scalars: [scalar])
  }

  /// The number, where there is exactly one.
  public var scalar: Double? { scalars.count == 1 ? scalars[0] : nil }

  /// How many elements it has, shown or not.
  public var count: Int { shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } }

  /// True where every element is zero: what a gradient that vanished looks like.
  public var isZero: Bool {
    if let summary { return summary.min == 0 && summary.max == 0 }
    return !scalars.isEmpty && scalars.allSatisfy { $0 == 0 }
  }

  /// Sizes as people write them: `scalar`, `[3]`, `2×3`.
  public var shapeText: String { ExplainedValue.text(ofShape: shape) }

  static func text(ofShape shape: [Int]) -> String {
    switch shape.count {
    case 0: "scalar"
    case 1: "[\(shape[0])]"
    default: shape.map(String.init).joined(separator: "×")
    }
  }
}

extension ExplainedValue.Summary {
  /// A NaN anywhere makes all three NaN: it must not hide.
  init(of scalars: [Double]) {
    var low = Double.infinity, high = -Double.infinity, total = 0.0
    for scalar in scalars {
      low = scalar < low ? scalar : low
      high = scalar > high ? scalar : high
      total += scalar
    }
    self =
      total.isNaN && scalars.contains { $0.isNaN }
      ? Self(min: .nan, mean: .nan, max: .nan)
      : Self(min: low, mean: total / Double(scalars.count), max: high)
  }
}
