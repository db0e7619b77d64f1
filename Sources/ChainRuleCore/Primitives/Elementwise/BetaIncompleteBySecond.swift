/// y = ∂I_x(a, b)/∂b.
struct BetaIncompleteBySecond: TabulatedPrimitive {
  static let opcode = Opcode.betaIncompleteBySecond
  static let descriptor = PrimitiveDescriptor(
    equation: "∂I(a, b, c)/∂b", derivatives: ["∂²I/∂b∂a", "∂²I/∂b∂b", "p times the score of b"],
    convention: "p is the density", call: "betaIncompleteBySecond", script: PageScripts.betaIncompleteBySecond,
    domains: [.above(0), .above(0), .between(0, 1)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let graph = output.graph
    switch index {
    case 0: return .factor(graph.record(.betaIncompleteByBoth, inputs))
    case 1: return .factor(graph.record(.betaIncompleteBySecondTwice, inputs))
    default: return .factor(graph.record(.betaDensity, inputs) * graph.record(.betaScoreOfSecond, inputs))
    }
  }
}
