/// y = x², dy/dx = 2x.
struct Square: TabulatedPrimitive {
  static let opcode = Opcode.square
  static let descriptor = PrimitiveDescriptor(
    equation: "x²", derivatives: ["2x"], call: "square",
    notation: .form(text: .init("#0²", .power, .atom), latex: .init("{#0}^{2}", .power, .atom)), glyph: "x²",
    script: "a*a", course: .rule { $0[0].squared })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(2 * inputs[0])
  }
}

/// x², rounded once.
public func square(_ x: Node) -> Node { x.graph.smoothForm(.square, x) ?? x.graph.unary(.square, x) }
