/// y = a − b⌊a/b⌋, ∂y/∂a = 1, ∂y/∂b = −⌊a/b⌋, constant between jumps. The whole quotient is (a − y)/b, rounded.
struct Remainder: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.remainder
  static let descriptor = PrimitiveDescriptor(
    equation: "a − b⌊a/b⌋", derivatives: ["1", "−⌊a/b⌋"], convention: "NaN where b is 0", call: "remainder",
    aliases: ["mod"], script: "a-b*Math.floor(a/b)", domains: [.everywhere, .nonzero],
    accuracy: .init(single: 0.5, double: 0.5), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 0 ? .one(in: output.graph) : .factor(-round((inputs[0] - output) / inputs[1]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try wholeQuotients(inputs, remainder: .remainder) }
}

/// The remainder with the sign of b, a − b⌊a/b⌋, as `%` in Python. The two broadcast.
public func remainder(_ a: Node, _ b: Node) -> Node { a.graph.binary(.remainder, a, b) }
/// The same with a number on the right.
public func remainder(_ a: Node, _ b: Double) -> Node { remainder(a, a.graph.constant(b)) }
