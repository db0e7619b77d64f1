/// y = eˣ, dy/dx = y. Overflows to ∞ above 709.78 (88.72 in single precision).
struct Exp: TabulatedGradients {
  static let opcode = Opcode.exp
  static let descriptor = PrimitiveDescriptor(
    equation: "eˣ", derivatives: ["y"], call: "exp", notation: .form(text: nil, latex: .init("e^{#0}", .power, .loose)),
    script: "Math.exp(a)", accuracy: .init(single: 1, double: 1), course: .rising())
  static let gradients: [TabulatedGradient] = [.output]
}

/// eˣ; ∞ above 709.78 (88.72 in single precision).
public func exp(_ x: Node) -> Node { x.graph.unary(.exp, x) }
