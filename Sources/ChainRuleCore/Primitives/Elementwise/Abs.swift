/// y = |x|, dy/dx = sign x (0 at 0 by convention).
struct Abs: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.abs
  static let descriptor = PrimitiveDescriptor(
    equation: "|x|", derivatives: ["sign x"], convention: "0 at 0", call: "abs",
    notation: .form(text: .init("|#0|", .atom, .loose), latex: .init("\\left|#0\\right|", .atom, .loose)),
    script: "Math.abs(a)", kinks: [0], accuracy: .none, course: .rule { $0[0].magnitude },
    zeroIsConvention: true)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(sign(inputs[0]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try sides(of: inputs) }
}

/// |x|; its derivative at 0 is 0.
public func abs(_ x: Node) -> Node { x.graph.smoothForm(.abs, x) ?? x.graph.unary(.abs, x) }
