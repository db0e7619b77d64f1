/// y = x without its fraction, towards 0. Constant between its jumps: no gradient flows.
struct Truncate: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.truncate
  static let descriptor = PrimitiveDescriptor(
    equation: "x without its fraction", derivatives: ["none: constant between jumps"], call: "truncate",
    aliases: ["trunc"], script: "Math.trunc(a)", kinks: [-1, 1], accuracy: .none, course: .rising(hasJumps: true))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .constantBetweenJumps(self)
  }
  /// The whole numbers but 0, where nothing jumps.
  func branches(of inputs: [Tensor]) throws -> Tensor {
    steps(of: [inputs[0].map { abs($0) < 1 ? 0.5 : $0 }]) { $0.rounded(.down) }
  }
}

/// x without its fraction, towards 0; no gradient flows through it.
public func truncate(_ x: Node) -> Node { x.graph.unary(.truncate, x) }
