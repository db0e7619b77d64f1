/// y = B(a, b) = Γ(a) Γ(b) / Γ(a + b), ∂y/∂a = y (ψ(a) − ψ(a + b)).
struct Beta: TabulatedPrimitive {
  static let opcode = Opcode.beta
  static let descriptor = PrimitiveDescriptor(
    equation: "Γ(a) Γ(b) / Γ(a + b)", derivatives: ["y (ψ(a) − ψ(a + b))", "y (ψ(b) − ψ(a + b))"],
    convention: "∞ where a or b is 0, −1, −2, …", call: "beta", notation: .function(latex: "\\mathrm{B}"),
    script: PageScripts.beta, domains: [.above(0), .above(0)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything }, commutes: true)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (mine, other) = (inputs[index], inputs[1 - index])
    let difference = output.graph.record(.polygammaDifference, [output.graph.constant(0 as Double), mine, other])
    return .factor(-(output * difference))
  }
}

/// The beta function B(a, b) = Γ(a) Γ(b) / Γ(a + b), without the digits that a difference of ``lgamma(_:)`` would lose;
/// the two broadcast.
public func beta(_ a: Node, _ b: Node) -> Node { a.graph.binary(.beta, a, b) }
