/// y = max(x, 0), dy/dx = 1 where x > 0, else 0 (0 at 0 by convention). NaN stays NaN.
struct Relu: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.relu
  static let descriptor = PrimitiveDescriptor(
    equation: "max(x, 0)", derivatives: ["heaviside x"], convention: "0 at 0", call: "relu", script: "Math.max(a,0)",
    kinks: [0], accuracy: .none, course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(heaviside(inputs[0]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try sides(of: inputs) }
}

/// max(x, 0); its derivative at 0 is 0.
public func relu(_ x: Node) -> Node { x.graph.smoothForm(.relu, x) ?? x.graph.unary(.relu, x) }
