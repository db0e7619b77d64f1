/// y = ∂²I/∂b² of the regularized incomplete beta function. No gradient by a and b: third
/// derivatives by them are not computed.
struct BetaIncompleteBySecondTwice: TabulatedPrimitive {
  static let opcode = Opcode.betaIncompleteBySecondTwice
  static let descriptor = PrimitiveDescriptor(
    equation: "∂²I(a, b, c)/∂b²",
    derivatives: [
      "none: third derivatives by a and b are not computed", "none: third derivatives by a and b are not computed",
      "p (s² + ψ′(a + b) − ψ′(b)), s the score of b",
    ],
    call: "betaIncompleteBySecondTwice", script: PageScripts.betaIncompleteBySecondTwice,
    domains: [.above(0), .above(0), .between(0, 1)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    guard index == 2 else {
      return .none(reason: "third derivatives of betaIncomplete by a and b are not computed")
    }
    let graph = output.graph, score = graph.record(.betaScoreOfSecond, inputs)
    let rest = graph.record(.polygammaDifference, [graph.constant(1 as Double), inputs[1], inputs[0]])
    return .factor(graph.record(.betaDensity, inputs) * (square(score) + rest))
  }
}
