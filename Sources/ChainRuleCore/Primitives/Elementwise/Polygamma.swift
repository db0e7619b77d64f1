/// y = ψ⁽ⁿ⁾(x), the derivative of order n of ψ: ∂y/∂x = ψ⁽ⁿ⁺¹⁾(x). The order is rounded down; no gradient flows to it.
struct Polygamma: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.polygamma
  static let descriptor = PrimitiveDescriptor(
    equation: "ψ⁽ᵃ⁾(b), a rounded down", derivatives: ["none: the order is a whole number", "ψ⁽ᵃ⁺¹⁾(b)"],
    convention: "at the poles 0, −1, −2, … ∞ for odd orders, else NaN", call: "polygamma",
    script: PageScripts.polygamma, domains: [.between(0, 3), .above(0)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 0 ? .order : .factor(output.graph.binary(.polygamma, inputs[0].nextOrder, inputs[1]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: inputs) { $0.rounded(.down) } }
}

/// The derivative of order n ≥ 0 of the digamma function; n = 0 is digamma itself. Orders that are negative or above 100
/// give NaN, and so do the poles 0, −1, −2, … but for odd orders, where the value is ∞.
public func polygamma(_ n: Int, _ x: Node) -> Node { x.graph.binary(.polygamma, x.graph.constant(Double(n)), x) }
