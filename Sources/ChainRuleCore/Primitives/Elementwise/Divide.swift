/// y = a / b, ∂y/∂a = 1/b, ∂y/∂b = −a/b², computed as −y/b, which does not overflow.
struct Divide: TabulatedPrimitive {
  static let opcode = Opcode.divide
  static let descriptor = PrimitiveDescriptor(
    equation: "a / b", derivatives: ["1/b", "−a/b²"], notation: .quotient, glyph: "÷", script: "a/b",
    domains: [.everywhere, .nonzero], course: .rule { $0[0] / $0[1] })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(index == 0 ? reciprocal(inputs[1]) : -(output / inputs[1]))
  }
}

// Exactly Node∘Node, Double∘Node and Node∘Double: more overloads make long expressions slow to type-check.
extension Node {
  /// The quotient, element by element; the two broadcast.
  public static func / (a: Node, b: Node) -> Node { a.graph.binary(.divide, a, b) }
  /// The quotient with a number on the right.
  public static func / (a: Node, b: Double) -> Node { a.graph.binary(.divide, a, a.graph.constant(b)) }
  /// The quotient with a number on the left.
  public static func / (a: Double, b: Node) -> Node { b.graph.binary(.divide, b.graph.constant(a), b) }
}
