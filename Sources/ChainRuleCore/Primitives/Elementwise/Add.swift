/// y = a + b, ∂y/∂a = ∂y/∂b = 1.
struct Add: TabulatedGradients {
  static let opcode = Opcode.add
  static let descriptor = PrimitiveDescriptor(
    equation: "a + b", derivatives: ["1", "1"], notation: .sum, glyph: "+", script: "a+b",
    domains: [.everywhere, .everywhere], course: .rule { $0[0] + $0[1] }, commutes: true)
  static let gradients: [TabulatedGradient] = [.one, .one]
}

// Exactly Node∘Node, Double∘Node and Node∘Double: more overloads make long expressions slow to type-check.
extension Node {
  /// The sum, element by element; the two broadcast.
  public static func + (a: Node, b: Node) -> Node { a.graph.binary(.add, a, b) }
  /// The sum with a number on the right.
  public static func + (a: Node, b: Double) -> Node { a.graph.binary(.add, a, a.graph.constant(b)) }
  /// The sum with a number on the left.
  public static func + (a: Double, b: Node) -> Node { b.graph.binary(.add, b.graph.constant(a), b) }
}
