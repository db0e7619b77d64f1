/// y = arcsin x (radians), dy/dx = 1/√((1 − x)(1 + x)), a product that keeps its digits near ±1. NaN beyond ±1.
struct Asin: TabulatedPrimitive {
  static let opcode = Opcode.asin
  static let descriptor = PrimitiveDescriptor(
    equation: "arcsin x", derivatives: ["1/√((1 − x)(1 + x))"], convention: "∞ at ±1", call: "asin",
    aliases: ["arcsin"], notation: .function(latex: "\\arcsin"), script: "Math.asin(a)", domains: [.between(-1, 1)],
    accuracy: .init(single: 1.4, double: 1.4), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(rsqrt((1 - inputs[0]) * (1 + inputs[0])))
  }
}

/// arcsin x (radians), between −π/2 and π/2; NaN beyond ±1.
public func asin(_ x: Node) -> Node { x.graph.unary(.asin, x) }
