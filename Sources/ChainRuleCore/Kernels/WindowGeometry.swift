/// Where a window reads: vertical and horizontal steps, borders and gaps, and how channels are grouped.
struct WindowGeometry: Hashable, Sendable {
  var stride: [Int]
  var padding: [Int]
  var dilation: [Int]
  var groups: Int

  /// Positions of a window of the given size along both axes; those that do not fit wholly are dropped.
  func outputSize(input: [Int], window: [Int]) -> [Int] {
    (0..<2).map { axis in
      let span = Extents.sum(Extents.product(dilation[axis], window[axis] - 1), 1)
      let padded = Extents.sum(input[axis], 2 * padding[axis])
      return padded < span ? 0 : (padded - span) / stride[axis] + 1
    }
  }

  /// Elements that one image takes with its borders, and its upstream with theirs.
  func workspace(x: Shape, w: Shape, y: Shape) -> Double {
    func extents(_ axis: Int) -> (Double, Double) {
      let (length, step) = (Double(y[2 + axis]), y[2 + axis] == 1 ? 1 : Double(stride[axis]))
      let shift = Double(w[2 + axis] - 1) * Double(dilation[axis]) / step
      return ((length + shift) * step, length + 2 * shift)
    }
    let (rows, columns) = (extents(0), extents(1))
    return Double(x[1]) * rows.0 * columns.0 + Double(w[0]) * rows.1 * columns.1
  }

  /// - Throws: when an attribute is out of range.
  init(stride: [Int], padding: [Int], dilation: [Int] = [1, 1], groups: Int = 1, in origin: String) throws {
    (self.stride, self.padding, self.dilation, self.groups) = (
      try Self.pair(stride, least: 1, "stride", origin), try Self.pair(padding, least: 0, "padding", origin),
      try Self.pair(dilation, least: 1, "dilation", origin), groups
    )
    guard groups >= 1 else {
      throw ChainRuleError(.shape, in: origin, required: "groups of at least 1", got: "\(groups)")
    }
  }

  /// `[vertical, horizontal]` from one or two numbers.
  static func pair(_ numbers: [Int], least: Int, _ what: String, _ origin: String) throws -> [Int] {
    guard (1...2).contains(numbers.count), numbers.allSatisfy({ $0 >= least && $0 < 1 << 31 }) else {
      throw ChainRuleError(
        .shape, in: origin, required: "\(what) of one or two numbers of at least \(least)", got: "\(numbers)")
    }
    return numbers.count == 2 ? numbers : [numbers[0], numbers[0]]
  }
}
