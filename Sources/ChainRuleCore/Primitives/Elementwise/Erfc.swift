/// y = erfc x = 1 − erf x, dy/dx = −2/√π · e^(−x²).
struct Erfc: TabulatedPrimitive {
  static let opcode = Opcode.erfc
  static let descriptor = PrimitiveDescriptor(
    equation: "erfc x = 1 − erf x", derivatives: ["−2/√π · e^(−x²)"], call: "erfc", script: PageScripts.erfc,
    accuracy: .init(single: 0.55, double: 0.55), course: .falling)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(-1.1283791670955126 * gaussian(inputs[0]))
  }
}

/// 1 − erf x, with all its digits where that is small.
public func erfc(_ x: Node) -> Node { x.graph.unary(.erfc, x) }
