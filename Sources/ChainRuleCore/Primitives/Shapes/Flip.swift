/// The elements in reverse order along axes; its own transpose.
struct Flip: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "reversed axes", derivatives: ["itself"], call: "flipped", aliases: ["flip"], hasWeightsOfOneSign: true)
  let axes: [Int]
  var name: String { "flip" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let shape = inputs[0].shape
    if shape.elementCount == 0 { return inputs[0] }
    var (strides, offset) = (shape.strides, 0)
    for axis in axes {
      offset += (shape[axis] - 1) * strides[axis]
      strides[axis] = -strides[axis]
    }
    return try Kernels.copy(inputs[0], shape: shape, strides: strides, offset: offset)
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .linear(apply: { $0.flipped(axes: axes) }, transpose: { $0.flipped(axes: axes) })
  }
}

extension Node {
  /// The elements in reverse order along the axes (all by default).
  public func flipped(axes: [Int]? = nil) -> Node {
    graph.attempt(self) { Flip(axes: try shape.positions(ofAxes: axes, in: "flip")) }
  }
}
