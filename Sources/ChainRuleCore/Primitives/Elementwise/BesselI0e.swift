/// y = e^(−|x|) I₀(x); the derivative is a function of its own, since e^(−|x|) I₁(x) − y would cancel. A corner at 0.
struct BesselI0e: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.besselI0e
  static let descriptor = PrimitiveDescriptor(
    equation: "e^(−|x|) I₀(x)", derivatives: ["its derivative"], convention: "slope 0 at 0", call: "besselI0e",
    aliases: ["i0e"], script: PageScripts.besselI0e, kinks: [0], accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { $0[0].bell(.besselI0e).limited(to: $0[0].contains(0) ? .continuous : .smooth) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.scaledBessel(0, derivative: 1, inputs[0]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try sides(of: inputs) }
}

/// e^(−|x|) I₀(x), about 1/√(2π|x|) for large x.
public func besselI0e(_ x: Node) -> Node { x.graph.unary(.besselI0e, x) }
