/// y = φ(x)/Φ(x), the inverse of Mills' ratio: dy/dx = −y (x + y), where x + y = R₁(x) does not cancel.
struct InverseMills: TabulatedPrimitive {
  static let opcode = Opcode.inverseMills
  static let descriptor = PrimitiveDescriptor(
    equation: "φ(x)/Φ(x)", derivatives: ["−y (x + y)"], call: "inverseMills", script: PageScripts.inverseMills,
    accuracy: .init(single: 0.55, double: 0.55), course: .falling)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-(output * output.graph.binary(.millsRatio, output.graph.constant(1 as Double), inputs[0])))
  }
}

/// φ(x)/Φ(x), the slope of ``logNormalCDF(_:)``, about −x in the left tail.
public func inverseMills(_ x: Node) -> Node { x.graph.unary(.inverseMills, x) }
