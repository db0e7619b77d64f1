/// y = a · b, ∂y/∂a = b, ∂y/∂b = a.
struct Multiply: TabulatedGradients {
  static let opcode = Opcode.multiply
  static let descriptor = PrimitiveDescriptor(
    equation: "a · b", derivatives: ["b", "a"], notation: .product, glyph: "×", script: "a*b",
    domains: [.everywhere, .everywhere], course: .rule { $0[0] * $0[1] }, commutes: true)
  static let gradients: [TabulatedGradient] = [.input(1), .input(0)]
}

// Exactly Node∘Node, Double∘Node and Node∘Double: more overloads make long expressions slow to type-check.
extension Node {
  /// The product, element by element; the two broadcast.
  public static func * (a: Node, b: Node) -> Node {
    a.graph.smoothForm(.multiply, a, b) ?? a.graph.binary(.multiply, a, b)
  }
  /// The product with a number on the right.
  public static func * (a: Node, b: Double) -> Node { a.graph.binary(.multiply, a, a.graph.constant(b)) }
  /// The product with a number on the left.
  public static func * (a: Double, b: Node) -> Node { b.graph.binary(.multiply, b.graph.constant(a), b) }
}
