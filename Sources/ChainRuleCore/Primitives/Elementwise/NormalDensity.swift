/// y = φ(x) = e^(−x²/2)/√(2π), dy/dx = −xy.
struct NormalDensity: TabulatedPrimitive {
  static let opcode = Opcode.normalDensity
  static let descriptor = PrimitiveDescriptor(
    equation: "e^(−x²/2)/√(2π)", derivatives: ["−xy"], call: "normalDensity", aliases: ["normalPDF"],
    notation: .function(latex: "\\varphi"), script: "0.3989422804014327*Math.exp(-a*a/2)",
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { $0[0].bell(.normalDensity) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-inputs[0] * output)
  }
}

/// The density of the standard normal distribution, e^(−x²/2)/√(2π).
public func normalDensity(_ x: Node) -> Node { x.graph.unary(.normalDensity, x) }
