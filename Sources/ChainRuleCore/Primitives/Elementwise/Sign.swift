/// y = −1, 0 or 1. Constant between its jumps: no gradient flows.
struct Sign: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.sign
  static let descriptor = PrimitiveDescriptor(
    equation: "−1, 0 or 1", derivatives: ["none: constant between jumps"], convention: "sign 0 = 0", call: "sign",
    script: "Math.sign(a)", kinks: [0], accuracy: .none, course: .rising(hasJumps: true))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .constantBetweenJumps(self)
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try forward(inputs) }
}

/// −1, 0 or 1; no gradient flows through it.
public func sign(_ x: Node) -> Node { x.graph.unary(.sign, x) }
