/// y = a/√(a² + b²), 0 at the origin; ∂y/∂a = (b/r)²/r and ∂y/∂b = −(a/r)(b/r)/r with r = √(a² + b²).
struct Direction: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.direction
  static let descriptor = PrimitiveDescriptor(
    equation: "a/√(a² + b²)", derivatives: ["b²/r³, r = √(a² + b²)", "−ab/r³"], convention: "0 at the origin",
    call: "direction", script: "a/Math.hypot(a,b)", domains: [.everywhere, .everywhere],
    accuracy: .init(single: 0.55, double: 1.6), course: .rule { _ in Interval(-1, 1).limited(to: .unknown) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let graph = output.graph, r = hypot(inputs[0], inputs[1]), other = graph.binary(.direction, inputs[1], inputs[0])
    return .factor((index == 0 ? square(other) : -(output * other)) / `where`(equal(r, 0), 1, r))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try bothZero(inputs) }
}
