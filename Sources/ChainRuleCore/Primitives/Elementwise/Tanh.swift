/// y = tanh x, dy/dx = 1 − y².
struct Tanh: TabulatedPrimitive {
  static let opcode = Opcode.tanh
  static let descriptor = PrimitiveDescriptor(
    equation: "tanh x", derivatives: ["1 − y²"], call: "tanh", notation: .function(latex: "\\tanh"),
    script: "Math.tanh(a)", accuracy: .init(single: 2.5, double: 2.6), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(1 - square(output))
  }
}

/// tanh x = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ), between −1 and 1.
public func tanh(_ x: Node) -> Node { x.graph.unary(.tanh, x) }
