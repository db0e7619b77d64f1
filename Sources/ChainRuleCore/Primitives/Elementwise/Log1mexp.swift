/// y = ln(1 − eˣ) for x < 0, dy/dx = eˣ/(eˣ − 1).
struct Log1mexp: TabulatedPrimitive {
  static let opcode = Opcode.log1mexp
  static let descriptor = PrimitiveDescriptor(
    equation: "ln(1 − eˣ)", derivatives: ["eˣ/(eˣ − 1)"], convention: "−∞ at 0", call: "log1mexp",
    script: "a>-0.6931471805599453?Math.log(-Math.expm1(a)):Math.log1p(-Math.exp(a))", domains: [.below(0)],
    accuracy: .init(single: 0.55, double: 1.5), course: .falling)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(exp(inputs[0]) / expm1(inputs[0]))
  }
}

/// ln(1 − eˣ) for x < 0; −∞ at 0, NaN above.
public func log1mexp(_ x: Node) -> Node { x.graph.unary(.log1mexp, x) }
