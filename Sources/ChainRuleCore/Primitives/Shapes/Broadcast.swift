/// The input repeated along axes of length 1 (or missing in front) to fill a shape. Its transpose sums over them.
struct Broadcast: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "repeats along axes of length 1", derivatives: ["`Sum` over them"], call: "broadcast",
    aliases: ["broadcastTo"], hasWeightsOfOneSign: true)
  func detail(of inputs: [Shape]) -> String { written(shape) }
  let shape: Shape
  var name: String { "broadcast" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].broadcast(with: shape) == shape else {
      throw ChainRuleError(.shape, in: name, required: "a shape that broadcasts to \(shape)", got: "\(inputs[0])")
    }
    return shape
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.broadcast(inputs[0], to: shape) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (original, target) = (inputs[0].shape, shape)
    let missing = target.rank - original.rank
    let axes = (0..<target.rank).filter { $0 < missing || (original[$0 - missing] == 1 && target[$0] != 1) }
    return .linear(
      apply: { $0.broadcast(to: target) }, transpose: { $0.sum(axes: axes).reshaped(to: original) })
  }
}

extension Node {
  /// The input repeated to fill a shape that it broadcasts to.
  public func broadcast(to shape: Shape) -> Node {
    self.shape == shape && error == nil ? self : graph.recordGeneral(Broadcast(shape: shape), [self])
  }
}
