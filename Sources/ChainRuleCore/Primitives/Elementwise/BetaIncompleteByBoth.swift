/// y = ∂²I/∂a∂b of the regularized incomplete beta function. No gradient by a and b: third
/// derivatives by them are not computed.
struct BetaIncompleteByBoth: TabulatedPrimitive {
  static let opcode = Opcode.betaIncompleteByBoth
  static let descriptor = PrimitiveDescriptor(
    equation: "∂²I(a, b, c)/∂a∂b",
    derivatives: [
      "none: third derivatives by a and b are not computed", "none: third derivatives by a and b are not computed",
      "p (s t + ψ′(a + b)), s and t the scores of a and b",
    ],
    call: "betaIncompleteByBoth", script: PageScripts.betaIncompleteByBoth,
    domains: [.above(0), .above(0), .between(0, 1)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    guard index == 2 else {
      return .none(reason: "third derivatives of betaIncomplete by a and b are not computed")
    }
    let graph = output.graph
    let scores = graph.record(.betaScoreOfFirst, inputs) * graph.record(.betaScoreOfSecond, inputs)
    return .factor(graph.record(.betaDensity, inputs) * (scores + polygamma(1, inputs[0] + inputs[1])))
  }
}
