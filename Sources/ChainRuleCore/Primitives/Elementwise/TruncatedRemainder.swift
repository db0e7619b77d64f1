/// y = a − b·trunc(a/b), ∂y/∂a = 1, ∂y/∂b = −trunc(a/b), constant between jumps. The whole quotient is (a − y)/b, rounded.
struct TruncatedRemainder: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.truncatedRemainder
  static let descriptor = PrimitiveDescriptor(
    equation: "a − b·trunc(a/b)", derivatives: ["1", "−trunc(a/b)"], convention: "NaN where b is 0",
    call: "truncatedRemainder", aliases: ["fmod"], script: "a-b*Math.trunc(a/b)", domains: [.everywhere, .nonzero],
    accuracy: .init(single: 0.5, double: 0.5), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 0 ? .one(in: output.graph) : .factor(-round((inputs[0] - output) / inputs[1]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try wholeQuotients(inputs, remainder: .truncatedRemainder) }
}

/// The remainder with the sign of a, a − b·trunc(a/b), as `%` in C. The two broadcast.
public func truncatedRemainder(_ a: Node, _ b: Node) -> Node { a.graph.binary(.truncatedRemainder, a, b) }
/// The same with a number on the right.
public func truncatedRemainder(_ a: Node, _ b: Double) -> Node { truncatedRemainder(a, a.graph.constant(b)) }
