/// y = ln(eᵃ + eᵇ), ∂y/∂a = σ(a − b), of the exact difference.
struct LogAddExp: TabulatedPrimitive {
  static let opcode = Opcode.logAddExp
  static let descriptor = PrimitiveDescriptor(
    equation: "ln(eᵃ + eᵇ)", derivatives: ["σ(a − b)", "σ(b − a)"], call: "logAddExp",
    script: "Math.max(a,b)+Math.log1p(Math.exp(-Math.abs(a-b)))", domains: [.everywhere, .everywhere],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything }, commutes: true)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.binary(.sigmoidOfDifference, inputs[index], inputs[1 - index]))
  }
}

/// ln(eᵃ + eᵇ) without overflow; the two broadcast.
public func logAddExp(_ a: Node, _ b: Node) -> Node { a.graph.binary(.logAddExp, a, b) }
