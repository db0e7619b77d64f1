/// y = ∂²I/∂a² of the regularized incomplete beta function. No gradient by a and b: third
/// derivatives by them are not computed.
struct BetaIncompleteByFirstTwice: TabulatedPrimitive {
  static let opcode = Opcode.betaIncompleteByFirstTwice
  static let descriptor = PrimitiveDescriptor(
    equation: "∂²I(a, b, c)/∂a²",
    derivatives: [
      "none: third derivatives by a and b are not computed", "none: third derivatives by a and b are not computed",
      "p (s² + ψ′(a + b) − ψ′(a)), s the score of a",
    ],
    call: "betaIncompleteByFirstTwice", script: PageScripts.betaIncompleteByFirstTwice,
    domains: [.above(0), .above(0), .between(0, 1)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    guard index == 2 else {
      return .none(reason: "third derivatives of betaIncomplete by a and b are not computed")
    }
    let graph = output.graph, score = graph.record(.betaScoreOfFirst, inputs)
    let rest = graph.record(.polygammaDifference, [graph.constant(1 as Double), inputs[0], inputs[1]])
    return .factor(graph.record(.betaDensity, inputs) * (square(score) + rest))
  }
}
