/// y = Iₙ(x), the modified Bessel function of a whole order; ∂y/∂x = ½ (Iₙ₋₁ + Iₙ₊₁). The order is rounded down.
struct BesselI: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.besselI
  static let descriptor = PrimitiveDescriptor(
    equation: "Iₐ(b), a rounded down", derivatives: ["none: the order is a whole number", "½ (Iₐ₋₁(b) + Iₐ₊₁(b))"],
    call: "besselI", aliases: ["iv"], script: PageScripts.besselI, domains: [.between(0, 3), .everywhere],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 0 { return .order }
    let (graph, next) = (output.graph, inputs[0].nextOrder)
    return .factor(0.5 * (graph.binary(.besselI, next - 2, inputs[1]) + graph.binary(.besselI, next, inputs[1])))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: inputs) { $0.rounded(.down) } }
}

/// The modified Bessel function Iₙ(x) of a whole order; NaN for orders above 60.
public func besselI(_ n: Int, _ x: Node) -> Node { x.graph.binary(.besselI, x.graph.constant(Double(n)), x) }
