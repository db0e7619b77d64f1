/// y = −x ln x, 0 at 0; dy/dx = −(1 + ln x).
struct Entropy: TabulatedPrimitive {
  static let opcode = Opcode.entropy
  static let descriptor = PrimitiveDescriptor(
    equation: "−x ln x", derivatives: ["−(1 + ln x)"], convention: "0 at 0, with slope ∞", call: "entropy",
    aliases: ["entr"], script: "a===0?0:-a*Math.log(a)", domains: [.above(0)], accuracy: .init(single: 2, double: 1.7),
    course: .rule { $0[0].entropy })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.unary(.entropySlope, inputs[0]))
  }
}

/// −x ln x, and 0 at 0: a probability's part of an entropy. NaN below 0.
public func entropy(_ x: Node) -> Node { x.graph.unary(.entropy, x) }
