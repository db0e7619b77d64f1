/// Every `steps[i]`-th element of each axis from `starts[i]`, `counts[i]` of them. Its transpose puts them back.
struct Slice: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "every step-th element from a start", derivatives: ["`Pad` with zeros"], hasWeightsOfOneSign: true)
  func detail(of inputs: [Shape]) -> String {
    let parts = zip(starts, zip(counts, steps)).map { start, part in
      part.0 == 1 ? "\(start)" : "\(start)..<\(start + part.0 * part.1)" + (part.1 == 1 ? "" : " by \(part.1)")
    }
    return "[" + parts.joined(separator: ", ") + "]"
  }
  let starts: [Int], counts: [Int], steps: [Int]
  var name: String { "slice" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { Shape(counts) }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let strides = inputs[0].shape.strides
    return try Kernels.copy(
      inputs[0], shape: Shape(counts), strides: zip(strides, steps).map(*),
      offset: zip(strides, starts).map(*).reduce(0, +))
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let back = Pad(shape: inputs[0].shape, starts: starts, steps: steps, filling: 0)
    return .linear(
      apply: { tangent in
        let (slice, part) = self.insidePart(of: tangent) ?? (self, tangent)
        return tangent.graph.recordGeneral(slice, [part])
      },
      transpose: { $0.graph.recordGeneral(back, [$0]) })
  }

  /// Of nodes that are put together, the one that this lies in: the others need not be computed for it.
  private func insidePart(of node: Node) -> (slice: Slice, part: Node)? {
    guard let joined = node.primitive as? Concatenate else { return nil }
    var start = 0
    for part in node.inputs {
      let own = starts[joined.axis] - start, length = part.shape[joined.axis]
      if steps[joined.axis] == 1, own >= 0, own + counts[joined.axis] <= length {
        var moved = starts
        moved[joined.axis] = own
        return (Slice(starts: moved, counts: counts, steps: steps), part)
      }
      start += length
    }
    return nil
  }
}

/// What may stand in `x[…]`: an index (the axis goes away), a range, or `stride(from:to:by:)`.
public protocol SliceIndex: Sendable {
  /// Start, count and step on an axis of the given length, and whether the axis stays.
  /// - Throws: when part of it lies outside the axis.
  func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool)
}

extension Int: SliceIndex {
  public func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
    let position = self < 0 ? self &+ length : self
    guard position >= 0, position < length else {
      throw ChainRuleError(
        .shape, in: "slice", required: length <= 0 ? "a non-empty axis" : "an index in \(-length)…\(length - 1)",
        got: "\(self)", hint: "Negative indices count from the end.")
    }
    return (position, 1, 1, false)
  }
}

private func between(_ start: Int, _ end: Int, _ step: Int, _ length: Int) throws -> (
  start: Int, count: Int, step: Int, keepsAxis: Bool
) {
  guard step != 0 else {
    throw ChainRuleError(.shape, in: "slice", required: "a step other than 0", got: "0")
  }
  let (from, to) = (start < 0 ? start &+ length : start, end < 0 && step > 0 ? end &+ length : end)
  let inside = step > 0 ? 0 <= from && from <= to && to <= length : from < length && from >= to && to >= -1
  guard inside else {
    throw ChainRuleError(
      .shape, in: "slice", required: "a range within 0…\(length)", got: "\(start) to \(end) by \(step)")
  }
  let distance = (to - from).magnitude
  let count = distance == 0 ? 0 : Int((distance - 1) / step.magnitude) + 1
  return (from, count, count > 1 ? step : 1, true)  // a single element needs no step, however long
}

extension Range: SliceIndex where Bound == Int {
  public func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
    try between(lowerBound, upperBound, 1, length)
  }
}
extension ClosedRange: SliceIndex where Bound == Int {
  public func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
    try between(lowerBound, upperBound &+ 1, 1, length)
  }
}
extension PartialRangeFrom: SliceIndex where Bound == Int {
  public func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
    try between(lowerBound, length, 1, length)
  }
}
extension PartialRangeUpTo: SliceIndex where Bound == Int {
  public func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
    try between(0, upperBound, 1, length)
  }
}
extension PartialRangeThrough: SliceIndex where Bound == Int {
  public func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
    try between(0, upperBound == -1 ? length : upperBound &+ 1, 1, length)
  }
}
/// Every `step`-th element from `start` up to but not including `end`; `nil` means the end of the axis.
public struct Stride: SliceIndex {
  let start: Int, end: Int?, step: Int
  /// Positions start, start + step, …; a negative step walks backwards, and a negative position counts from the end.
  public init(from start: Int = 0, to end: Int? = nil, by step: Int) {
    (self.start, self.end, self.step) = (start, end, step)
  }
  public func resolved(length: Int) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
    try between(start, end ?? (step > 0 ? length : -1), step, length)
  }
}

extension Node {
  /// A part of the tensor: `x[0]` is the first row, `x[0..<2, -1]` the last column of two rows, `x[0..., 1]` a column.
  ///
  /// Axes that are not named stay whole.
  public subscript(parts: any SliceIndex...) -> Node { sliced(parts) }

  /// The last axes: `x[..., 0]` is the first element of every row, `x[..., 1..., 0]` what that is of the last two axes.
  public subscript(rest: UnboundedRange, parts: any SliceIndex...) -> Node { sliced(wholeAxes(before: parts) + parts) }

  /// The first axis and the last ones: `x[0, ..., 1]`.
  public subscript(first: any SliceIndex, rest: UnboundedRange, parts: any SliceIndex...) -> Node {
    sliced([first] + wholeAxes(before: [first] + parts) + parts)
  }

  /// A whole range for each axis that has no part of its own.
  private func wholeAxes(before parts: [any SliceIndex]) -> [any SliceIndex] {
    [any SliceIndex](repeating: 0..., count: error == nil ? Swift.max(0, shape.rank - parts.count) : 0)
  }

  package func sliced(_ parts: [any SliceIndex]) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "slice") {
      guard parts.count <= shape.rank else {
        throw ChainRuleError(
          .shape, in: "slice", required: "at most \(shape.rank) parts for shape \(shape)", got: "\(parts.count)")
      }
      var starts = [Int](repeating: 0, count: shape.rank), counts = shape.dimensions
      var steps = [Int](repeating: 1, count: shape.rank), kept: [Int] = []
      for axis in 0..<shape.rank {
        guard axis < parts.count else {
          kept.append(counts[axis])
          continue
        }
        let part = try checked(parts[axis].resolved(length: shape[axis]), axis)
        (starts[axis], counts[axis], steps[axis]) = (part.start, part.count, part.step)
        if part.keepsAxis { kept.append(part.count) }
      }
      if Shape(counts).elementCount == 0 { starts = starts.map { _ in 0 } }
      return graph.recordGeneral(Slice(starts: starts, counts: counts, steps: steps), [self]).reshaped(to: Shape(kept))
    }
  }

  /// A part of an axis that lies within it: `SliceIndex` is open to types of a user's own.
  private func checked(
    _ part: (start: Int, count: Int, step: Int, keepsAxis: Bool), _ axis: Int
  ) throws -> (start: Int, count: Int, step: Int, keepsAxis: Bool) {
    let (reach, overflowed) = part.step.multipliedReportingOverflow(by: Swift.max(part.count, 1) &- 1)
    let (last, passed) = part.start.addingReportingOverflow(reach)
    let isInside =
      part.count == 0
      || (part.count > 0 && (part.step != 0 || part.count == 1) && !overflowed && !passed
        && (0..<shape[axis]).contains(part.start)
        && (0..<shape[axis]).contains(last))
    guard isInside, part.keepsAxis || part.count == 1 else {
      throw ChainRuleError(
        .shape, in: "slice",
        required: part.keepsAxis
          ? "elements within axis \(axis) of length \(shape[axis])" : "one element for an axis that goes",
        got: "\(part.count) from \(part.start) by \(part.step)")
    }
    return part
  }
}
