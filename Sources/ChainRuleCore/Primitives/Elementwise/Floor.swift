/// y = ⌊x⌋. Constant between its jumps: no gradient flows.
struct Floor: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.floor
  static let descriptor = PrimitiveDescriptor(
    equation: "⌊x⌋", derivatives: ["none: constant between jumps"], call: "floor", script: "Math.floor(a)",
    kinks: [-1, 0, 1], accuracy: .none, course: .rising(hasJumps: true))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .constantBetweenJumps(self)
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: inputs) { $0.rounded(.down) } }
}

/// The largest whole number not above x; no gradient flows through it.
public func floor(_ x: Node) -> Node { x.graph.unary(.floor, x) }
