/// The same elements in another shape.
struct Reshape: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "the same elements in another shape", derivatives: ["`Reshape` back"], call: "reshaped",
    aliases: ["reshape"], hasWeightsOfOneSign: true)
  func detail(of inputs: [Shape]) -> String { written(shape) }
  let shape: Shape
  var name: String { "reshape" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].elementCount == shape.elementCount, shape.dimensions.allSatisfy({ $0 >= 0 }) else {
      throw ChainRuleError(
        .shape, in: name, required: "a shape of \(inputs[0].elementCount) elements", got: "\(inputs[0]) to \(shape)")
    }
    return shape
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].reshaped(to: shape) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (original, target) = (inputs[0].shape, shape)
    return .linear(apply: { $0.reshaped(to: target) }, transpose: { $0.reshaped(to: original) })
  }
}

extension Node {
  /// The same elements in another shape; one length may be −1 and is then inferred.
  public func reshaped(to shape: Shape) -> Node {
    if error != nil || self.shape == shape { return self }
    var lengths = shape.dimensions
    if let open = lengths.firstIndex(of: -1) {
      lengths[open] = 1
      let known = Shape(lengths).elementCount
      lengths[open] = known > 0 && lengths.allSatisfy({ $0 >= 0 }) ? self.shape.elementCount / known : -1
    }
    return graph.recordGeneral(Reshape(shape: Shape(lengths)), [self])
  }

  /// A new axis of length 1 at a position (negative positions count from the end of the result).
  public func expandingDimension(at axis: Int) -> Node {
    if error != nil { return self }
    let position = axis < 0 ? axis + shape.rank + 1 : axis
    guard (0...shape.rank).contains(position) else {
      return graph.failed(
        ChainRuleError(
          .shape, in: "expandingDimension", required: "a position in \(-shape.rank - 1)…\(shape.rank)", got: "\(axis)"))
    }
    var lengths = shape.dimensions
    lengths.insert(1, at: position)
    return reshaped(to: Shape(lengths))
  }

  /// Without an axis of length 1 (or without all of them).
  public func squeezingDimension(at axis: Int? = nil) -> Node {
    if error != nil { return self }
    guard let axis else { return reshaped(to: Shape(shape.dimensions.filter { $0 != 1 })) }
    return graph.attempt(in: "squeezingDimension") {
      let position = try shape.position(ofAxis: axis, in: "squeezingDimension")
      guard shape[position] == 1 else {
        throw ChainRuleError(
          .shape, in: "squeezingDimension", required: "an axis of length 1", got: "axis \(axis) of \(shape)")
      }
      var lengths = shape.dimensions
      lengths.remove(at: position)
      return reshaped(to: Shape(lengths))
    }
  }
}

extension Node {
  /// Another node of the same value.
  package var alias: Node { graph.recordGeneral(Reshape(shape: shape), [self]) }
}
