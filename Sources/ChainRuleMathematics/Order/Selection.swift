import ChainRuleCore

/// The places of the first elements of a row that are not 0, `count` of them; the row's length where there are fewer.
struct TruePlaces: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "places of what is not 0", derivatives: ["none: an index"],
    convention: "the length where there are fewer than asked for")
  let count: Int
  var name: String { "selected" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].rank > 0, inputs[0][-1] <= Int32.max else {
      throw ChainRuleError(.shape, in: name, required: "a mask with an axis", got: "shape \(inputs[0])")
    }
    return Shape(inputs[0].dimensions.dropLast() + [count])
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let length = inputs[0].shape[-1], result = try shape(of: [inputs[0].shape]), mask = inputs[0].scalars
    guard result.elementCount < Int32.max else {
      throw ChainRuleError(.value, in: name, required: "a count that fits memory", got: "\(count)")
    }
    var places = [Int32](repeating: Int32(length), count: result.elementCount)
    for row in 0..<(count == 0 ? 0 : result.elementCount / count) {
      var found = 0
      for place in 0..<length where mask[row * length + place] != 0 && found < count {
        places[row * count + found] = Int32(place)
        found += 1
      }
    }
    return Tensor(shape: result, elements: places, .int32)
  }
  func batched(_ batch: Batch) -> Node? { batch.record(self) }
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
