/// y = Φ(x), the normal distribution; dy/dx = φ(x), its density.
struct NormalCDF: TabulatedPrimitive {
  static let opcode = Opcode.normalCDF
  static let descriptor = PrimitiveDescriptor(
    equation: "Φ(x) = ½ erfc(−x/√2)", derivatives: ["φ(x)"], call: "normalCDF", aliases: ["ndtr"],
    notation: .function(latex: "\\Phi"), script: PageScripts.normalCDF, accuracy: .init(single: 0.55, double: 0.55),
    course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(normalDensity(inputs[0]))
  }
}

/// The standard normal distribution function Φ(x), with all its digits in the left tail.
public func normalCDF(_ x: Node) -> Node { x.graph.unary(.normalCDF, x) }
