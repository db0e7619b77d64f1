import ChainRuleCore

/// The places of the first elements of a vector that are not 0, `count` of them; the vector's length where there are
/// fewer.
struct TruePlaces: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "places of what is not 0", derivatives: ["none: an index"],
    convention: "the length where there are fewer than asked for")
  let count: Int
  var name: String { "selected" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].rank == 1, inputs[0][0] <= Int32.max else {
      throw ChainRuleError(.shape, in: name, required: "a mask of rank 1", got: "shape \(inputs[0])")
    }
    return [count]
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let length = inputs[0].count
    var places: [Int] = []
    for place in 0..<length where inputs[0].element(place) != 0 && places.count < count { places.append(place) }
    return Tensor(indices: places + [Int](repeating: length, count: count - places.count))
  }
}

extension Node {
  /// The slices along an axis where the mask `[length]` is not 0, the first `count` of them; where there are fewer, the
  /// rest is `filling`. The size is stated, so that shapes do not depend on values.
  ///
  /// ```swift
  /// x.selected(where: x .> 0, count: 4)      // up to four positive elements, then zeros
  /// ```
  public func selected(where mask: Node, count: Int, filling: Double = 0, axis: Int = 0) -> Node {
    if let broken = [self, mask].first(where: { $0.error != nil }) { return broken }
    return graph.attempt(in: "selected") {
      let axis = try shape.position(ofAxis: axis, in: "selected")
      guard count >= 0, mask.shape == [shape[axis]] else {
        throw ChainRuleError(
          .shape, in: "selected", required: "a count of at least 0 and a mask of shape [\(shape[axis])]",
          got: "\(count) and \(mask.shape)")
      }
      var back = [Int](repeating: 0, count: shape.rank)
      back[axis] = 1
      let places = graph.recordGeneral(TruePlaces(count: count), [mask])
      return padded(before: back.map { _ in 0 }, after: back, value: filling).gathered(at: places, axis: axis)
    }
  }
}
