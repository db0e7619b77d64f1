/// y = ln Φ(x), dy/dx = φ(x)/Φ(x), which the tails do not underflow.
struct LogNormalCDF: TabulatedPrimitive {
  static let opcode = Opcode.logNormalCDF
  static let descriptor = PrimitiveDescriptor(
    equation: "ln Φ(x)", derivatives: ["φ(x)/Φ(x)"], call: "logNormalCDF", aliases: ["log_ndtr"],
    notation: .function(latex: "\\ln\\Phi"), script: PageScripts.logNormalCDF,
    accuracy: .init(single: 0.55, double: 0.55), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.unary(.inverseMills, inputs[0]))
  }
}

/// The logarithm of the standard normal distribution function, about −x²/2 in the left tail.
public func logNormalCDF(_ x: Node) -> Node { x.graph.unary(.logNormalCDF, x) }
