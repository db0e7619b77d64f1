extension Pad: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(shape)
    attributes.write(starts)
    attributes.write(steps)
    attributes.write(filling)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(
      shape: try attributes.shape(), starts: try attributes.ints(), steps: try attributes.ints(),
      filling: try attributes.double())
  }
  func check(_ inputs: [Shape]) throws {
    try require(
      Slice.isWithin(shape, starts: starts, counts: inputs[0].dimensions, steps: steps), "places within \(shape)")
  }
}

extension Slice: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) {
    attributes.write(starts)
    attributes.write(counts)
    attributes.write(steps)
  }
  init(from attributes: inout AttributeReader) throws {
    self.init(starts: try attributes.ints(), counts: try attributes.ints(), steps: try attributes.ints())
  }
  func check(_ inputs: [Shape]) throws {
    try require(
      Self.isWithin(inputs[0], starts: starts, counts: counts, steps: steps), "places within \(inputs[0])")
  }

  /// Whether so many places from a start on, so far apart, lie within the axes of a shape.
  static func isWithin(_ shape: Shape, starts: [Int], counts: [Int], steps: [Int]) -> Bool {
    let rank = shape.rank
    guard starts.count == rank, counts.count == rank, steps.count == rank else { return false }
    return (0..<rank).allSatisfy { axis in
      let (start, count, step) = (starts[axis], counts[axis], steps[axis])
      guard count >= 0, start >= 0, start <= shape[axis], step > -1 << 56, step < 1 << 56 else { return false }
      if count == 0 { return true }
      let (span, overflow) = (count - 1).multipliedReportingOverflow(by: step)
      let (last, isBeyond) = start.addingReportingOverflow(span)
      return !overflow && !isBeyond && start < shape[axis] && last >= 0 && last < shape[axis]
    }
  }
}

extension Reshape: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(shape) }
  init(from attributes: inout AttributeReader) throws { self.init(shape: try attributes.shape()) }
}

extension Broadcast: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(shape) }
  init(from attributes: inout AttributeReader) throws { self.init(shape: try attributes.shape()) }
}

extension Transpose: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(order) }
  init(from attributes: inout AttributeReader) throws { self.init(order: try attributes.ints()) }
  func check(_ inputs: [Shape]) throws {
    try requireAxes(order, of: inputs[0], isSorted: false)
    try require(order.count == inputs[0].rank, "all axes of \(inputs[0])")
  }
}

extension Flip: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(axes) }
  init(from attributes: inout AttributeReader) throws { self.init(axes: try attributes.ints()) }
  func check(_ inputs: [Shape]) throws { try requireAxes(axes, of: inputs[0], isSorted: false) }
}

extension Concatenate: StoredPrimitive {
  func write(to attributes: inout AttributeWriter) { attributes.write(axis) }
  init(from attributes: inout AttributeReader) throws { self.init(axis: try attributes.int()) }
  func check(_ inputs: [Shape]) throws { try requireAxes([axis], of: inputs[0]) }
}
