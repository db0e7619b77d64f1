/// y = a/√(a² + b²), 0 at the origin; ∂y/∂a = (b/r)²/r and ∂y/∂b = −(a/r)(b/r)/r with r = √(a² + b²).
struct Direction: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.direction
  static let descriptor = PrimitiveDescriptor(
    equation: "a/√(a² + b²)", derivatives: ["b²/r³, r = √(a² + b²)", "−ab/r³"], convention: "0 at the origin",
    call: "direction", script: "a/Math.hypot(a,b)", domains: [.everywhere, .everywhere],
    accuracy: .init(single: 0.55, double: 1.6), course: .rule { direction($0[0], $0[1]) })

  private static func direction(_ a: Interval, _ b: Interval) -> Interval {
    let length = (a.squared + b.squared).root
    guard length.lower > 0 else { return Interval(-1, 1, .unknown) }
    let ratio = a / length
    return Interval(Swift.max(ratio.lower, -1), Swift.min(ratio.upper, 1), ratio.regularity)
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let graph = output.graph, r = hypot(inputs[0], inputs[1]), other = graph.binary(.direction, inputs[1], inputs[0])
    return .factor((index == 0 ? square(other) : -(output * other)) / `where`(equal(r, 0), 1, r))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try bothZero(inputs) }
}
