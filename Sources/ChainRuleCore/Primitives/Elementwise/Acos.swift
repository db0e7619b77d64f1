/// y = arccos x (radians), dy/dx = −1/√((1 − x)(1 + x)), a product that keeps its digits near ±1. NaN beyond ±1.
struct Acos: TabulatedPrimitive {
  static let opcode = Opcode.acos
  static let descriptor = PrimitiveDescriptor(
    equation: "arccos x", derivatives: ["−1/√((1 − x)(1 + x))"], convention: "−∞ at ±1", call: "acos",
    aliases: ["arccos"], notation: .function(latex: "\\arccos"), script: "Math.acos(a)", domains: [.between(-1, 1)],
    accuracy: .init(single: 1.4, double: 1.4), course: .falling)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-rsqrt((1 - inputs[0]) * (1 + inputs[0])))
  }
}

/// arccos x (radians), between 0 and π; NaN beyond ±1.
public func acos(_ x: Node) -> Node { x.graph.unary(.acos, x) }
