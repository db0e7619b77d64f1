/// y = ⌈x⌉. Constant between its jumps: no gradient flows.
struct Ceil: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.ceil
  static let descriptor = PrimitiveDescriptor(
    equation: "⌈x⌉", derivatives: ["none: constant between jumps"], call: "ceil", aliases: ["ceiling"],
    script: "Math.ceil(a)", kinks: [-1, 0, 1], accuracy: .none, course: .rising(hasJumps: true))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .constantBetweenJumps(self)
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: inputs) { $0.rounded(.up) } }
}

/// The smallest whole number not below x; no gradient flows through it.
public func ceil(_ x: Node) -> Node { x.graph.unary(.ceil, x) }
