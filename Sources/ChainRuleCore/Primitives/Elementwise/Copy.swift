/// y = x; what a program uses to move a value.
struct Copy: TabulatedPrimitive {
  static let opcode = Opcode.copy
  static let descriptor = PrimitiveDescriptor(
    equation: "x", derivatives: ["1"], script: "a", accuracy: .none, course: .rule { $0[0] })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .one(in: output.graph)
  }
}
