/// y = the whole number nearest to x, halves away from 0. Constant between its jumps: no gradient flows.
struct Round: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.round
  static let descriptor = PrimitiveDescriptor(
    equation: "the nearest whole number, half away from 0", derivatives: ["none: constant between jumps"],
    convention: "halves go away from 0", call: "round", script: "Math.sign(a)*Math.round(Math.abs(a))",
    kinks: [-0.5, 0.5], accuracy: .none, course: .rising(hasJumps: true))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .constantBetweenJumps(self)
  }
  /// The jumps lie at the halves: below, at and above one are three branches.
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: [inputs[0].map { $0 + 0.5 }]) { $0.rounded(.down) } }
}

/// The whole number nearest to x, halves away from 0; no gradient flows through it.
public func round(_ x: Node) -> Node { x.graph.unary(.round, x) }
