/// y = Φ⁻¹(x), dy/dx = 1/φ(y), computed from x, since y has lost digits where it is large.
struct NormalQuantile: TabulatedPrimitive {
  static let opcode = Opcode.normalQuantile
  static let descriptor = PrimitiveDescriptor(
    equation: "Φ⁻¹(x)", derivatives: ["1/φ(y)"], convention: "−∞ at 0, ∞ at 1", call: "normalQuantile",
    aliases: ["ndtri"], notation: .function(latex: "\\Phi^{-1}"), script: PageScripts.normalQuantile,
    domains: [.between(0, 1)], accuracy: .init(single: 0.55, double: 0.55), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.unary(.normalQuantileSlope, inputs[0]))
  }
}

/// The quantile function of the standard normal distribution; −∞ at 0, ∞ at 1, NaN beyond.
public func normalQuantile(_ x: Node) -> Node { x.graph.unary(.normalQuantile, x) }
