/// y = ∂I_x(a, b)/∂a.
struct BetaIncompleteByFirst: TabulatedPrimitive {
  static let opcode = Opcode.betaIncompleteByFirst
  static let descriptor = PrimitiveDescriptor(
    equation: "∂I(a, b, c)/∂a", derivatives: ["∂²I/∂a∂a", "∂²I/∂a∂b", "p times the score of a"],
    convention: "p is the density", call: "betaIncompleteByFirst", script: PageScripts.betaIncompleteByFirst,
    domains: [.above(0), .above(0), .between(0, 1)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let graph = output.graph
    switch index {
    case 0: return .factor(graph.record(.betaIncompleteByFirstTwice, inputs))
    case 1: return .factor(graph.record(.betaIncompleteByBoth, inputs))
    default: return .factor(graph.record(.betaDensity, inputs) * graph.record(.betaScoreOfFirst, inputs))
    }
  }
}
