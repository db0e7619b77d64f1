/// y = ψ⁽ⁿ⁾(a + b) − ψ⁽ⁿ⁾(a), which keeps its digits for a small b: what derivatives of the beta function are made of.
struct PolygammaDifference: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.polygammaDifference
  static let descriptor = PrimitiveDescriptor(
    equation: "ψ⁽ᵃ⁾(b + c) − ψ⁽ᵃ⁾(b), a rounded down",
    derivatives: ["none: the order is a whole number", "ψ⁽ᵃ⁺¹⁾(b + c) − ψ⁽ᵃ⁺¹⁾(b)", "ψ⁽ᵃ⁺¹⁾(b + c)"],
    call: "polygammaDifference", script: PageScripts.polygammaDifference,
    domains: [.between(0, 3), .above(0), .above(0)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let next = inputs[0].nextOrder
    switch index {
    case 0: return .order
    case 1: return .factor(output.graph.record(.polygammaDifference, [next, inputs[1], inputs[2]]))
    default: return .factor(output.graph.binary(.polygamma, next, inputs[1] + inputs[2]))
    }
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: inputs) { $0.rounded(.down) } }
}
