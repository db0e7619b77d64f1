/// y = x^(a−1) (1 − x)^(b−1)/B(a, b); its derivatives are y times those of its logarithm, the scores.
struct BetaDensity: TabulatedPrimitive {
  static let opcode = Opcode.betaDensity
  static let descriptor = PrimitiveDescriptor(
    equation: "cᵃ⁻¹ (1 − c)ᵇ⁻¹/B(a, b)",
    derivatives: ["y (ln c + ψ(a + b) − ψ(a))", "y (ln(1 − c) + ψ(a + b) − ψ(b))", "y ((a − 1)/c − (b − 1)/(1 − c))"],
    call: "betaDensity", script: PageScripts.betaDensity, domains: [.above(0), .above(0), .between(0, 1)],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let scores: [Opcode] = [.betaScoreOfFirst, .betaScoreOfSecond, .betaScore]
    return .factor(output * output.graph.record(scores[index], inputs))
  }
}
