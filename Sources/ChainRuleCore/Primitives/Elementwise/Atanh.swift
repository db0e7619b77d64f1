/// y = artanh x, dy/dx = 1/((1 − x)(1 + x)), a product that keeps its digits near ±1. ±∞ at ±1, NaN beyond.
struct Atanh: TabulatedPrimitive {
  static let opcode = Opcode.atanh
  static let descriptor = PrimitiveDescriptor(
    equation: "artanh x = ½ ln((1 + x)/(1 − x))", derivatives: ["1/((1 − x)(1 + x))"], convention: "∞ at ±1",
    call: "atanh", aliases: ["artanh", "arctanh"], script: "Math.atanh(a)", domains: [.between(-1, 1)],
    accuracy: .init(single: 1.5, double: 1.9), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(reciprocal((1 - inputs[0]) * (1 + inputs[0])))
  }
}

/// artanh x, the inverse of tanh; ±∞ at ±1, NaN beyond.
public func atanh(_ x: Node) -> Node { x.graph.unary(.atanh, x) }
