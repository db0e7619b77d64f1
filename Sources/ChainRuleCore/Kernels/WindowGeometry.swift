/// Where a window reads: vertical and horizontal steps, borders and gaps, and how channels are grouped.
struct WindowGeometry: Hashable, Sendable {
  var stride: [Int]
  var padding: [Int]
  var dilation: [Int]
  var groups: Int

  /// Positions of a window of the given size along both axes; those that do not fit wholly are dropped.
  func outputSize(input: [Int], window: [Int]) -> [Int] {
    (0..<2).map { axis in
      let span = dilation[axis] * (window[axis] - 1) + 1
      let room = input[axis] + 2 * padding[axis] - span
      return room < 0 ? 0 : room / stride[axis] + 1
    }
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
