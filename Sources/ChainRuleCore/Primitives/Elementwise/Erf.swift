/// y = erf x = 2/√π ∫₀ˣ e^−t² dt, dy/dx = 2/√π · e^−x².
struct Erf: TabulatedPrimitive {
  static let opcode = Opcode.erf
  static let descriptor = PrimitiveDescriptor(
    equation: "erf x", derivatives: ["2/√π · e^(−x²)"], call: "erf", accuracy: .init(single: 1.5, double: 2))
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(1.1283791670955126 * exp(-square(inputs[0])))
  }
}

/// The error function 2/√π ∫₀ˣ e^(−t²) dt.
public func erf(_ x: Node) -> Node { x.graph.unary(.erf, x) }
