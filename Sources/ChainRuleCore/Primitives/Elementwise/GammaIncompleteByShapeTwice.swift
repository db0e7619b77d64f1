/// y = ∂²P(a, x)/∂a²; ∂y/∂x = p ((ln x − ψ(a))² − ψ′(a)) with the density p. No gradient by a: third derivatives by the
/// shape are not computed.
struct GammaIncompleteByShapeTwice: TabulatedPrimitive {
  static let opcode = Opcode.gammaIncompleteByShapeTwice
  static let descriptor = PrimitiveDescriptor(
    equation: "∂²P(a, b)/∂a²",
    derivatives: [
      "none: third derivatives by the shape are not computed", "p ((ln b − ψ(a))² − ψ′(a)), p = bᵃ⁻¹ e⁻ᵇ/Γ(a)",
    ],
    call: "gammaIncompleteByShapeTwice", script: PageScripts.gammaIncompleteByShapeTwice,
    domains: [.above(0), .above(0)], accuracy: .init(single: 0.6, double: 2), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (graph, a, x) = (output.graph, inputs[0], inputs[1])
    if index == 0 { return .none(reason: "third derivatives of gammaIncomplete by its shape are not computed") }
    return .factor(
      graph.binary(.gammaDensity, a, x) * (square(graph.binary(.logLessDigamma, a, x)) - polygamma(1, a)))
  }
}
