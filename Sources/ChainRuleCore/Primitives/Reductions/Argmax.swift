/// The position of the first largest element along an axis: an index, so no gradient flows.
struct Argmax: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "position of the first largest", derivatives: ["none: an index"])
  let axis: Int
  var name: String { "argmax" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { try inputs[0].reduced(overFilled: [axis], in: name) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.argmax(inputs[0], axis: axis) }
}

extension Node {
  /// The position of the first largest element along an axis, as Int32 indices.
  public func argmax(axis: Int = -1) -> Node {
    graph.attempt(self) { Argmax(axis: try shape.position(ofAxis: axis, in: "argmax")) }
  }
}
