/// y = the derivative of order n of e^(x²) erfc x, a sum of one sign: 2/√π ∫₀^∞ (−2t)ⁿ e^(−t² − 2xt) dt (DLMF 7.18).
struct ErfcxDerivative: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.erfcxDerivative
  static let descriptor = PrimitiveDescriptor(
    equation: "2/√π ∫₀^∞ (−2t)ᵃ e^(−t² − 2bt) dt, a rounded down",
    derivatives: ["none: the order is a whole number", "the derivative of order a + 1"], call: "erfcxDerivative",
    script: PageScripts.erfcxDerivative, domains: [.between(0, 3), .everywhere],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 0 ? .order : .factor(output.graph.binary(.erfcxDerivative, inputs[0].nextOrder, inputs[1]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { steps(of: inputs) { $0.rounded(.down) } }
}
