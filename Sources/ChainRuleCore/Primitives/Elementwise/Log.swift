/// y = ln x, dy/dx = 1/x. −∞ at 0 and NaN below.
struct Log: TabulatedPrimitive {
  static let opcode = Opcode.log
  static let descriptor = PrimitiveDescriptor(
    equation: "ln x", derivatives: ["1/x"], call: "log", aliases: ["ln"], notation: .function(latex: "\\ln"),
    script: "Math.log(a)", domains: [.above(0)], accuracy: .init(single: 1, double: 1), course: .rising())
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(reciprocal(inputs[0]))
  }
}

/// The natural logarithm ln x; −∞ at 0, NaN below.
public func log(_ x: Node) -> Node { x.graph.unary(.log, x) }
