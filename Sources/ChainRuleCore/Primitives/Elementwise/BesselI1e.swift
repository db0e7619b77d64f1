/// y = e^(−|x|) I₁(x); the derivative is a function of its own, since differences of such terms would cancel.
struct BesselI1e: TabulatedPrimitive {
  static let opcode = Opcode.besselI1e
  static let descriptor = PrimitiveDescriptor(
    equation: "e^(−|x|) I₁(x)", derivatives: ["its derivative"], call: "besselI1e", aliases: ["i1e"],
    script: PageScripts.besselI1e, accuracy: .init(single: 0.55, double: 0.55),
    course: .rule { _ in Interval(-0.22, 0.22) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.scaledBessel(1, derivative: 1, inputs[0]))
  }
}

/// e^(−|x|) I₁(x), about ±1/√(2π|x|) for large |x|.
public func besselI1e(_ x: Node) -> Node { x.graph.unary(.besselI1e, x) }
