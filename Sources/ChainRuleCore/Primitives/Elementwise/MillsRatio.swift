/// y = Rₙ(x) = Iₙ/Iₙ₋₁, where I₀ = Φ and Iₙ is the integral of Iₙ₋₁ from −∞: n Rₙ = x + 1/Rₙ₋₁, R₁ = x + φ/Φ. Positive;
/// dy/dx = y ((n + 1) Rₙ₊₁ − n y). The order is 1 at least and rounded down.
struct MillsRatio: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.millsRatio
  static let descriptor = PrimitiveDescriptor(
    equation: "Iₐ(b)/Iₐ₋₁(b), I₀ = Φ, Iₐ′ = Iₐ₋₁, a rounded down",
    derivatives: ["none: the order is a whole number", "y ((a + 1) Rₐ₊₁(b) − a y)"], call: "millsRatio",
    script: PageScripts.millsRatio, domains: [.between(1, 3), .everywhere],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 0 { return .order }
    let next = inputs[0].nextOrder, above = output.graph.binary(.millsRatio, next, inputs[1])
    return .factor(output * (next * above - (next - 1) * output))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: inputs) { $0.rounded(.down) } }
}
