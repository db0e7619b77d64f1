/// y = 1 where a = b, else 0 (NaN equals nothing).
struct Equal: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.equal
  static let descriptor = PrimitiveDescriptor(
    equation: "1 where a = b, else 0", derivatives: ["none: constant between jumps", "none: constant between jumps"],
    call: "equal", aliases: ["eq"], script: "a===b?1:0", domains: [.everywhere, .everywhere], accuracy: .none,
    course: .rule { $0[0].isEqual(to: $0[1]) }, commutes: true)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .constantBetweenJumps(self)
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(of: inputs) }
}

/// 1 where a = b, else 0; NaN equals nothing.
public func equal(_ a: Node, _ b: Node) -> Node { a.graph.binary(.equal, a, b) }
/// The same with a number on the right.
public func equal(_ a: Node, _ b: Double) -> Node { equal(a, a.graph.constant(b)) }
