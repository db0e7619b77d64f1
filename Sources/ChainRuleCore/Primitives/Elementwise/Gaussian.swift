/// y = e^(−x²), dy/dx = −2xy. The square is not rounded before the exponential, which would multiply its error by x².
struct Gaussian: TabulatedPrimitive {
  static let opcode = Opcode.gaussian
  static let descriptor = PrimitiveDescriptor(
    equation: "e^(−x²)", derivatives: ["−2xy"], call: "gaussian",
    notation: .form(text: nil, latex: .init("e^{-{#0}^{2}}", .power, .atom)), script: "Math.exp(-a*a)",
    accuracy: .init(single: 0.55, double: 1), course: .rule { $0[0].bell(.gaussian) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-2 * inputs[0] * output)
  }
}

/// e^(−x²), with all its digits where that is small.
public func gaussian(_ x: Node) -> Node { x.graph.unary(.gaussian, x) }
