import ChainRuleCore

/// The position of the largest element so far along an axis, the first among equals; of the first NaN once there is one.
struct CumulativeArgmax: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive, PrecisePrimitive, BatchedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "position of the largest so far", derivatives: ["none: an index"],
    convention: "the first among equals")
  let axis: Int
  var name: String { "cumulativeMaximum" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0][axis] <= Int32.max else {
      throw ChainRuleError(.shape, in: name, required: "an axis of at most 2³¹ − 1 elements", got: "\(inputs[0])")
    }
    return inputs[0]
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let values = inputs[0].scalars, (outer, length, inner) = inputs[0].shape.split(at: axis)
    var result = [Int32](repeating: 0, count: values.count)
    for row in 0..<outer {
      for column in 0..<inner {
        var best = 0
        for position in 0..<length {
          let place = (row * length + position) * inner + column
          let largest = values[(row * length + best) * inner + column]
          if !largest.isNaN, values[place] > largest || values[place].isNaN { best = position }
          result[place] = Int32(best)
        }
      }
    }
    return Tensor(shape: inputs[0].shape, elements: result, .int32)
  }
  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    try forward([Tensor(shape: shapes[0], inputs[0].map(\.high))]).scalars.map { DoubleDouble($0) }
  }
  func batched(_ batch: Batch) -> Node? { batch.record(CumulativeArgmax(axis: axis + 1)) }
}

extension Node {
  /// The largest element so far along an axis, NaN from the first NaN on; the gradient goes to the element that is the
  /// largest, the first among equals.
  public func cumulativeMaximum(axis: Int = -1, reversed: Bool = false) -> Node {
    cumulated("cumulativeMaximum", axis, reversed) { x, axis in
      x.gatheredAlong(axis: axis, at: graph.recordGeneral(CumulativeArgmax(axis: axis), [x]))
    }
  }

  /// The smallest element so far along an axis, as ``cumulativeMaximum(axis:reversed:)``.
  public func cumulativeMinimum(axis: Int = -1, reversed: Bool = false) -> Node {
    -(-self).cumulativeMaximum(axis: axis, reversed: reversed)
  }

  /// A running result along an axis, from the other end where it is reversed.
  func cumulated(_ name: String, _ axis: Int, _ isReversed: Bool, _ run: (_ x: Node, _ axis: Int) -> Node) -> Node {
    if error != nil { return self }
    return graph.attempt(in: name) {
      let axis = try shape.position(ofAxis: axis, in: name)
      return isReversed ? run(flipped(axes: [axis]), axis).flipped(axes: [axis]) : run(self, axis)
    }
  }
}
