/// y = ψ(x) = Γ′(x)/Γ(x), dy/dx = ψ′(x). NaN at the poles 0, −1, −2, ….
struct Digamma: TabulatedPrimitive {
  static let opcode = Opcode.digamma
  static let descriptor = PrimitiveDescriptor(
    equation: "ψ(x) = Γ′(x)/Γ(x)", derivatives: ["ψ′(x)"], convention: "NaN at the poles 0, −1, −2, …",
    call: "digamma", aliases: ["psi"], notation: .function(latex: "\\psi"), script: PageScripts.digamma,
    domains: [.above(0)], accuracy: .init(single: 0.55, double: 0.55), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(polygamma(1, inputs[0]))
  }
}

/// The digamma function ψ(x) = Γ′(x)/Γ(x); NaN at 0, −1, −2, ….
public func digamma(_ x: Node) -> Node { x.graph.unary(.digamma, x) }
