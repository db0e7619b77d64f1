/// y = 1 where x > 0, else 0. Constant between its jumps: no gradient flows.
struct Heaviside: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.heaviside
  static let descriptor = PrimitiveDescriptor(
    equation: "1 where x > 0, else 0", derivatives: ["none: constant between jumps"], convention: "heaviside 0 = 0",
    call: "heaviside", aliases: ["step"], script: "a>0?1:0", kinks: [0], accuracy: .none,
    course: .rising(hasJumps: true))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .constantBetweenJumps(self)
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try sides(of: inputs) }
}

/// 1 where x > 0, else 0; no gradient flows through it.
public func heaviside(_ x: Node) -> Node { x.graph.unary(.heaviside, x) }

/// The former name of `heaviside`.
@available(*, deprecated, renamed: "heaviside")
public func step(_ x: Node) -> Node { heaviside(x) }
