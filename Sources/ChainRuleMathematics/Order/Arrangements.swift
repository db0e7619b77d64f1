import ChainRuleCore

// What moves and combines whole slices: composed, so that gradients follow from the parts.

extension Node {
  /// The differences xᵢ₊₁ − xᵢ along an axis, `order` times; the axis gets shorter by one each time.
  public func difference(axis: Int = -1, order: Int = 1) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "difference") {
      let axis = try shape.position(ofAxis: axis, in: "difference"), length = shape[axis]
      guard order >= 0, order <= length else {
        throw ChainRuleError(
          .shape, in: "difference", required: "an order from 0 to the axis' length \(length)", got: "\(order)")
      }
      return (0..<order).reduce(self) { x, step in
        let left = length - step - 1
        return x.part(1, left, axis: axis) - x.part(0, left, axis: axis)
      }
    }
  }

  /// The elements `count` places on along an axis; those that leave at one end come in at the other.
  public func rolled(by count: Int, axis: Int = -1) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "rolled") {
      let axis = try shape.position(ofAxis: axis, in: "rolled"), length = shape[axis]
      guard length > 1 else { return self }
      let places = (count % length + length) % length
      if places == 0 { return self }
      return concatenate(
        [part(length - places, places, axis: axis), part(0, length - places, axis: axis)], axis: axis)
    }
  }

  /// Each element `count` times in a row along an axis: `[1, 2]` by 2 is `[1, 1, 2, 2]`. ``tiled(_:)`` repeats the whole.
  public func repeated(_ count: Int, axis: Int = -1) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "repeated") {
      let axis = try shape.position(ofAxis: axis, in: "repeated")
      guard count >= 0 else {
        throw ChainRuleError(.shape, in: "repeated", required: "a count of at least 0", got: "\(count)")
      }
      var spread = shape.dimensions, joined = shape.dimensions
      spread.insert(count, at: axis + 1)
      joined[axis] = Extents.product(joined[axis], count)
      return expandingDimension(at: axis + 1).broadcast(to: Shape(spread)).reshaped(to: Shape(joined))
    }
  }

  /// Element i `counts[i]` times in a row along an axis, a count for each.
  public func repeated(_ counts: [Int], axis: Int = -1) -> Node {
    if error != nil { return self }
    return graph.attempt(in: "repeated") {
      let axis = try shape.position(ofAxis: axis, in: "repeated"), total = counts.reduce(0) { Extents.sum($0, $1) }
      guard counts.count == shape[axis], counts.allSatisfy({ $0 >= 0 }), total < 1 << 28 else {
        throw ChainRuleError(
          .shape, in: "repeated", required: "a count of at least 0 for each of \(shape[axis]) elements",
          got: "\(counts)")
      }
      let places = counts.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
      return gathered(at: graph.constant(Tensor(indices: places)), axis: axis)
    }
  }
}
