/// y = eᵃ/(eᵃ + eᵇ) = σ(a − b), with the difference not rounded; ∂y/∂a = σ(a − b) σ(b − a) = −∂y/∂b.
/// 0 where both are −∞: there is nothing to share out.
struct SigmoidOfDifference: TabulatedPrimitive {
  static let opcode = Opcode.sigmoidOfDifference
  static let descriptor = PrimitiveDescriptor(
    equation: "eᵃ/(eᵃ + eᵇ)", derivatives: ["y σ(b − a)", "−y σ(b − a)"], call: "sigmoidOfDifference",
    script: "Math.max(a,b)===-1/0?0:1/(1+Math.exp(b-a))", domains: [.everywhere, .everywhere],
    accuracy: .init(single: 0.55, double: 1.5),
    course: .rule { _ in Interval(0, 1) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let slope = output * output.graph.binary(.sigmoidOfDifference, inputs[1], inputs[0])
    return .factor(index == 0 ? slope : -slope)
  }
}
