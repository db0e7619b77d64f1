/// y = a − b, ∂y/∂a = 1, ∂y/∂b = −1.
struct Subtract: TabulatedGradients {
  static let opcode = Opcode.subtract
  static let descriptor = PrimitiveDescriptor(
    equation: "a − b", derivatives: ["1", "−1"], notation: .difference, glyph: "−", script: "a-b",
    domains: [.everywhere, .everywhere], course: .rule { $0[0] - $0[1] })
  static let gradients: [TabulatedGradient] = [.one, .minusOne]
}

// Exactly Node∘Node, Double∘Node and Node∘Double: more overloads make long expressions slow to type-check.
extension Node {
  /// The difference, element by element; the two broadcast.
  public static func - (a: Node, b: Node) -> Node { a.graph.binary(.subtract, a, b) }
  /// The difference with a number on the right.
  public static func - (a: Node, b: Double) -> Node { a.graph.binary(.subtract, a, a.graph.constant(b)) }
  /// The difference with a number on the left.
  public static func - (a: Double, b: Node) -> Node { b.graph.binary(.subtract, b.graph.constant(a), b) }
}
