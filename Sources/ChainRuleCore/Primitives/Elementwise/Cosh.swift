/// y = cosh x = (eˣ + e⁻ˣ)/2, dy/dx = sinh x. Right to the end of the range: cosh 710 is finite where e⁷¹⁰ is not.
struct Cosh: TabulatedPrimitive {
  static let opcode = Opcode.cosh
  static let descriptor = PrimitiveDescriptor(
    equation: "cosh x", derivatives: ["sinh x"], call: "cosh", notation: .function(latex: "\\cosh"),
    script: "Math.cosh(a)", accuracy: .init(single: 1.5, double: 2), course: .valley(at: 0))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(sinh(inputs[0]))
  }
}

/// (eˣ + e⁻ˣ)/2, to the end of the range.
public func cosh(_ x: Node) -> Node { x.graph.smoothForm(.cosh, x) ?? x.graph.unary(.cosh, x) }
