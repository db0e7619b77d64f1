/// y = ln x + ψ(a + b) − ψ(a), the derivative by a of the logarithm of the beta distribution's density.
struct BetaScoreOfFirst: TabulatedPrimitive {
  static let opcode = Opcode.betaScoreOfFirst
  static let descriptor = PrimitiveDescriptor(
    equation: "ln c + ψ(a + b) − ψ(a)", derivatives: ["ψ′(a + b) − ψ′(a)", "ψ′(a + b)", "1/c"],
    call: "betaScoreOfFirst", script: PageScripts.betaScoreOfFirst, domains: [.above(0), .above(0), .between(0, 1)],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (graph, one) = (output.graph, output.graph.constant(1 as Double))
    switch index {
    case 0: return .factor(graph.record(.polygammaDifference, [one, inputs[0], inputs[1]]))
    case 1: return .factor(graph.binary(.polygamma, one, inputs[0] + inputs[1]))
    default: return .factor(reciprocal(inputs[2]))
    }
  }
}
