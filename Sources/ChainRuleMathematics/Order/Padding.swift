import ChainRuleCore

/// What a border is made of.
public struct PaddingMode: Sendable, Hashable {
  fileprivate enum Kind: Hashable { case constant(Double), edge, reflect, symmetric, wrap }
  fileprivate let kind: Kind
  private init(_ kind: Kind) { self.kind = kind }

  /// Zeros.
  public static let constant = PaddingMode(.constant(0))
  /// One number.
  public static func constant(_ number: Double) -> PaddingMode { PaddingMode(.constant(number)) }
  /// The element at the edge: `a b c` becomes `a a|a b c|c c`.
  public static let edge = PaddingMode(.edge)
  /// The elements mirrored at the edge element: `c b|a b c|b a`; again and again where the border is longer.
  public static let reflect = PaddingMode(.reflect)
  /// The elements mirrored with the edge element: `b a|a b c|c b`.
  public static let symmetric = PaddingMode(.symmetric)
  /// The elements from the other end: `b c|a b c|a b`.
  public static let wrap = PaddingMode(.wrap)

  /// Which of `length` elements stands at a position that may lie outside.
  fileprivate func source(_ position: Int, _ length: Int) -> Int {
    func remainder(_ a: Int, _ b: Int) -> Int { ((a % b) + b) % b }
    switch kind {
    case .constant, .edge: return Swift.max(0, Swift.min(position, length - 1))
    case .wrap: return remainder(position, length)
    case .symmetric:
      let place = remainder(position, 2 * length)
      return place < length ? place : 2 * length - 1 - place
    case .reflect:
      if length == 1 { return 0 }
      let place = remainder(position, 2 * length - 2)
      return place < length ? place : 2 * length - 2 - place
    }
  }
}

extension Node {
  /// A border of `width` elements on each side of every axis.
  public func padded(_ width: Int, mode: PaddingMode = .constant) -> Node {
    padded([Int](repeating: width, count: error == nil ? shape.rank : 0), mode: mode)
  }

  /// A border of `widths[i]` elements on each side of axis i.
  public func padded(_ widths: [Int], mode: PaddingMode = .constant) -> Node {
    padded(before: widths, after: widths, mode: mode)
  }

  /// A border of `widths[i]` elements before and after axis i: `x.padded([(1, 2)], mode: .reflect)`.
  public func padded(_ widths: [(Int, Int)], mode: PaddingMode = .constant) -> Node {
    padded(before: widths.map(\.0), after: widths.map(\.1), mode: mode)
  }

  /// A border: `before[i]` and `after[i]` elements on each side of axis i, made of what `mode` says.
  public func padded(before: [Int], after: [Int], mode: PaddingMode) -> Node {
    if error != nil { return self }
    if case .constant(let number) = mode.kind { return padded(before: before, after: after, value: number) }
    return graph.attempt(in: "padded") {
      let lengths = zip(shape.dimensions, zip(before, after)).map { Extents.sum($0, $1.0, $1.1) }
      guard before.count == shape.rank, after.count == shape.rank, (before + after).allSatisfy({ $0 >= 0 }),
        Shape(lengths).elementCount < 1 << 28
      else {
        throw ChainRuleError(
          .shape, in: "padded", required: "a width of at least 0 that fits memory for each side of \(shape)",
          got: "\(before) and \(after)")
      }
      var result = self
      for axis in 0..<shape.rank where before[axis] + after[axis] > 0 {
        guard shape[axis] > 0 else {
          throw ChainRuleError(.shape, in: "padded", required: "elements to make a border of", got: "shape \(shape)")
        }
        let places = (-before[axis]..<(shape[axis] + after[axis])).map { mode.source($0, shape[axis]) }
        result = result.gathered(at: graph.constant(Tensor(indices: places)), axis: axis)
      }
      return result
    }
  }
}
