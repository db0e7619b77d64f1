/// y = ln |Γ(x)|, dy/dx = ψ(x), the digamma function. ∞ at the poles 0, −1, −2, ….
///
/// In pairs of doubles (Special/gamma.c): Stirling's series, reflection below 0, Taylor series at its roots 1 and 2.
struct Lgamma: TabulatedPrimitive {
  static let opcode = Opcode.lgamma
  static let descriptor = PrimitiveDescriptor(
    equation: "ln |Γ(x)|", derivatives: ["ψ(x)"], convention: "∞ at the poles 0, −1, −2, …", call: "lgamma",
    aliases: ["gammaln", "logGamma"], notation: .function(latex: "\\ln\\Gamma"), script: PageScripts.logGamma,
    domains: [.above(0)], accuracy: .init(single: 0.55, double: 0.55), course: .valley(at: 1.4616321449683622))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(digamma(inputs[0]))
  }
}

/// ln |Γ(x)|, the logarithm of the gamma function's magnitude; ∞ at 0, −1, −2, ….
public func lgamma(_ x: Node) -> Node { x.graph.unary(.lgamma, x) }
