/// y = the derivative of order b of e^(−|x|) Iₐ(x), by x; the orders are rounded down. At 0, where it jumps, the mean of
/// both sides.
struct BesselIScaled: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.besselIScaled
  static let descriptor = PrimitiveDescriptor(
    equation: "the derivative of order b of e^(−|c|) Iₐ(c), a and b rounded down",
    derivatives: [
      "none: the order is a whole number", "none: the order is a whole number", "the derivative of order b + 1",
    ],
    convention: "at a jump at 0 the mean of both sides", call: "besselIScaled", script: PageScripts.besselIScaled,
    domains: [.between(0, 3), .between(0, 3), .everywhere], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index < 2 ? .order : .factor(output.graph.record(.besselIScaled, [inputs[0], inputs[1].nextOrder, inputs[2]]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor {
    let orders = [0, 1].map { steps(of: [inputs[$0]]) { $0.rounded(.down) } }
    return try Kernels.elementwise(
      .add,
      [
        Kernels.elementwise(.multiplyAdd, [orders[0], Tensor(shape: orders[0].shape, repeating: 1000), orders[1]]),
        sides(of: [inputs[2]]).map { $0 / 4 },
      ])
  }
}

extension Graph {
  /// The derivative of e^(−|x|) Iₙ(x).
  func scaledBessel(_ n: Double, derivative: Double, _ x: Node) -> Node {
    record(.besselIScaled, [constant(n), constant(derivative), x])
  }
}
