/// y = (a − 1)/x − (b − 1)/(1 − x), the slope of the logarithm of the beta distribution's density.
struct BetaScore: TabulatedPrimitive {
  static let opcode = Opcode.betaScore
  static let descriptor = PrimitiveDescriptor(
    equation: "(a − 1)/c − (b − 1)/(1 − c)", derivatives: ["1/c", "−1/(1 − c)", "−(a − 1)/c² − (b − 1)/(1 − c)²"],
    call: "betaScore", script: "(a-1)/c-(b-1)/(1-c)", domains: [.above(0), .above(0), .between(0, 1)],
    accuracy: .init(single: 0.55, double: 0.55), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (x, rest) = (inputs[2], 1 - inputs[2])
    switch index {
    case 0: return .factor(reciprocal(x))
    case 1: return .factor(-reciprocal(rest))
    default: return .factor(-((inputs[0] - 1) / square(x) + (inputs[1] - 1) / square(rest)))
    }
  }
}
