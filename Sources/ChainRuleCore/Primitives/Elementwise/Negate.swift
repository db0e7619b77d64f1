/// y = −x, dy/dx = −1.
struct Negate: TabulatedGradients {
  static let opcode = Opcode.negate
  static let descriptor = PrimitiveDescriptor(
    equation: "−x", derivatives: ["−1"], notation: .negation, glyph: "−1 ×", script: "-a", accuracy: .none,
    course: .rule { -$0[0] })
  static let gradients: [TabulatedGradient] = [.minusOne]
}

extension Node {
  /// −x, element by element.
  public static prefix func - (a: Node) -> Node { a.graph.unary(.negate, a) }
}
