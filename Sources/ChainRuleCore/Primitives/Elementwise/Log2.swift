/// y = log₂ x, dy/dx = 1/(x ln 2). Exact at powers of two; −∞ at 0 and NaN below.
struct Log2: TabulatedPrimitive {
  static let opcode = Opcode.log2
  static let descriptor = PrimitiveDescriptor(
    equation: "log₂ x", derivatives: ["1/(x ln 2)"], call: "log2", notation: .function(latex: "\\log_2"),
    script: "Math.log2(a)", domains: [.above(0)], accuracy: .init(single: 1, double: 1), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(1.4426950408889634 * reciprocal(inputs[0]))
  }
}

/// log₂ x, exact at powers of two; −∞ at 0, NaN below.
public func log2(_ x: Node) -> Node { x.graph.unary(.log2, x) }
