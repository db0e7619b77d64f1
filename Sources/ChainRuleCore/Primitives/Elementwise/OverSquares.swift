/// y = a/(a² + b²), 0 at the origin; ∂y/∂a = (b − a)(b + a)/r⁴ and ∂y/∂b = −2ab/r⁴ with r² = a² + b².
struct OverSquares: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.overSquares
  static let descriptor = PrimitiveDescriptor(
    equation: "a/(a² + b²)", derivatives: ["(b − a)(b + a)/r⁴, r² = a² + b²", "−2ab/r⁴"],
    convention: "0 at the origin", call: "overSquares", script: "a/(a*a+b*b)", domains: [.everywhere, .everywhere],
    accuracy: .init(single: 0.55, double: 2), course: .rule { $0[0] / ($0[0].squared + $0[1].squared) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (a, b) = (inputs[0], inputs[1])
    if index == 1 { return .factor(-2 * output * output.graph.binary(.overSquares, b, a)) }
    let r = hypot(a, b), safe = `where`(equal(r, 0), 1, r)
    return .factor(((b - a) / safe / safe) * ((b + a) / safe / safe))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try bothZero(inputs) }
}
