/// y = ∂P(a, x)/∂a; ∂y/∂x = p (ln x − ψ(a)) with the density p.
struct GammaIncompleteByShape: TabulatedPrimitive {
  static let opcode = Opcode.gammaIncompleteByShape
  static let descriptor = PrimitiveDescriptor(
    equation: "∂P(a, b)/∂a", derivatives: ["∂²P/∂a²", "p (ln b − ψ(a)), p = bᵃ⁻¹ e⁻ᵇ/Γ(a)"],
    call: "gammaIncompleteByShape", script: PageScripts.gammaIncompleteByShape, domains: [.above(0), .above(0)],
    accuracy: .init(single: 0.6, double: 2), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (graph, a, x) = (output.graph, inputs[0], inputs[1])
    if index == 0 { return .factor(graph.binary(.gammaIncompleteByShapeTwice, a, x)) }
    return .factor(graph.binary(.gammaDensity, a, x) * graph.binary(.logLessDigamma, a, x))
  }
}
