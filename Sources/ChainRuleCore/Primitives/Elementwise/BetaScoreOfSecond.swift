/// y = ln (1 − x) + ψ(a + b) − ψ(b), the derivative by b of the logarithm of the beta distribution's density.
struct BetaScoreOfSecond: TabulatedPrimitive {
  static let opcode = Opcode.betaScoreOfSecond
  static let descriptor = PrimitiveDescriptor(
    equation: "ln (1 − c) + ψ(a + b) − ψ(b)", derivatives: ["ψ′(a + b)", "ψ′(a + b) − ψ′(b)", "−1/(1 − c)"],
    call: "betaScoreOfSecond", script: PageScripts.betaScoreOfSecond, domains: [.above(0), .above(0), .between(0, 1)],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (graph, one) = (output.graph, output.graph.constant(1 as Double))
    switch index {
    case 1: return .factor(graph.record(.polygammaDifference, [one, inputs[1], inputs[0]]))
    case 0: return .factor(graph.binary(.polygamma, one, inputs[0] + inputs[1]))
    default: return .factor(-reciprocal(1 - inputs[2]))
    }
  }
}
