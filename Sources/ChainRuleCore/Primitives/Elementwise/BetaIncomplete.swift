/// y = I_x(a, b) = B_x(a, b)/B(a, b), the regularized incomplete beta function; ∂y/∂x is the beta distribution's density.
struct BetaIncomplete: TabulatedPrimitive {
  static let opcode = Opcode.betaIncomplete
  static let descriptor = PrimitiveDescriptor(
    equation: "1/B(a, b) ∫₀ᶜ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt", derivatives: ["∂I/∂a", "∂I/∂b", "cᵃ⁻¹ (1 − c)ᵇ⁻¹/B(a, b)"],
    call: "betaIncomplete", aliases: ["betainc"], script: PageScripts.betaIncomplete,
    domains: [.above(0), .above(0), .between(0, 1)], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let slopes: [Opcode] = [.betaIncompleteByFirst, .betaIncompleteBySecond, .betaDensity]
    return .factor(output.graph.record(slopes[index], inputs))
  }
}

/// The regularized incomplete beta function I_x(a, b), the distribution function of a beta variable with parameters a and
/// b below 10¹⁰; the three broadcast.
public func betaIncomplete(_ a: Node, _ b: Node, _ x: Node) -> Node { a.graph.record(.betaIncomplete, [a, b, x]) }
