/// y = a · b + c in one step, ∂y/∂a = b, ∂y/∂b = a, ∂y/∂c = 1.
struct MultiplyAdd: TabulatedPrimitive {
  static let opcode = Opcode.multiplyAdd
  static let descriptor = PrimitiveDescriptor(
    equation: "a · b + c", derivatives: ["b", "a", "1"], script: "a*b+c",
    domains: [.everywhere, .everywhere, .everywhere], course: .rule { $0[0] * $0[1] + $0[2] })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    index == 2 ? .one(in: output.graph) : .factor(inputs[1 - index])
  }
}
