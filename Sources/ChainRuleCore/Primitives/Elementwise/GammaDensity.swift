/// y = x^(a−1) e⁻ˣ/Γ(a), ∂y/∂a = y (ln x − ψ(a)), ∂y/∂x = y (a − 1 − x)/x.
struct GammaDensity: TabulatedPrimitive {
  static let opcode = Opcode.gammaDensity
  static let descriptor = PrimitiveDescriptor(
    equation: "bᵃ⁻¹ e⁻ᵇ/Γ(a)", derivatives: ["y (ln b − ψ(a))", "y (a − 1 − b)/b"], call: "gammaDensity",
    script: PageScripts.gammaDensity, domains: [.above(0), .above(0)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (a, x) = (inputs[0], inputs[1])
    return .factor(output * (index == 0 ? output.graph.binary(.logLessDigamma, a, x) : ((a - x) - 1) / x))
  }
}
