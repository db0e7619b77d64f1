/// y = x with the path for gradients cut.
struct StopGradient: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "x", derivatives: ["none: the path is cut"], call: "stoppingGradient",
    aliases: ["stopGradient", "detach"],
    script: "a")
  let name = "stopGradient"
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0] }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "stoppingGradient() cuts the path")
  }
}

extension Node {
  /// The same value; no gradient flows back through it.
  public func stoppingGradient() -> Node { graph.record(StopGradient(), [self]) }
}
