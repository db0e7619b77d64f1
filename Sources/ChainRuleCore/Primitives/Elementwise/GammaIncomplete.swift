/// y = P(a, x) = γ(a, x)/Γ(a), the regularized lower incomplete gamma function; ∂y/∂x is the gamma distribution's density.
struct GammaIncomplete: TabulatedPrimitive {
  static let opcode = Opcode.gammaIncomplete
  static let descriptor = PrimitiveDescriptor(
    equation: "P(a, b) = 1/Γ(a) ∫₀ᵇ tᵃ⁻¹ e⁻ᵗ dt", derivatives: ["∂P/∂a", "bᵃ⁻¹ e⁻ᵇ/Γ(a)"], call: "gammaIncomplete",
    aliases: ["gammainc"], script: PageScripts.gammaIncomplete, domains: [.above(0), .above(0)],
    accuracy: .init(single: 0.6, double: 1.5), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.binary(index == 0 ? .gammaIncompleteByShape : .gammaDensity, inputs[0], inputs[1]))
  }
}

/// The regularized lower incomplete gamma function P(a, x), the distribution function of a gamma variable of shape a. Its
/// gradient by the shape is what samples of that distribution are differentiated with. The two broadcast.
public func gammaIncomplete(_ a: Node, _ x: Node) -> Node { a.graph.binary(.gammaIncomplete, a, x) }
