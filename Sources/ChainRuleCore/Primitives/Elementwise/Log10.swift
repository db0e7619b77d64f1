/// y = log₁₀ x, dy/dx = 1/(x ln 10). −∞ at 0 and NaN below.
struct Log10: TabulatedPrimitive {
  static let opcode = Opcode.log10
  static let descriptor = PrimitiveDescriptor(
    equation: "log₁₀ x", derivatives: ["1/(x ln 10)"], call: "log10", notation: .function(latex: "\\log_{10}"),
    script: "Math.log10(a)", domains: [.above(0)], accuracy: .init(single: 1, double: 1.8), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(0.43429448190325182 * reciprocal(inputs[0]))
  }
}

/// log₁₀ x; −∞ at 0, NaN below.
public func log10(_ x: Node) -> Node { x.graph.unary(.log10, x) }
