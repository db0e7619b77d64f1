/// y = √(a² + b²) without overflow, ∂y/∂a = a/y. A corner at the origin, with slope 0.
struct Hypot: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.hypot
  static let descriptor = PrimitiveDescriptor(
    equation: "√(a² + b²)", derivatives: ["a/y", "b/y"], convention: "slope 0 at the origin", call: "hypot",
    script: "Math.hypot(a,b)", domains: [.everywhere, .everywhere], accuracy: .init(single: 0.55, double: 1),
    course: .rule { ($0[0].squared + $0[1].squared).root }, commutes: true)
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(output.graph.binary(.direction, inputs[index], inputs[1 - index]))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try bothZero(inputs) }
}

/// √(a² + b²), whatever the size of a and b; slope 0 at the origin. The two broadcast.
public func hypot(_ a: Node, _ b: Node) -> Node { a.graph.binary(.hypot, a, b) }
/// The same with a number on the right.
public func hypot(_ a: Node, _ b: Double) -> Node { hypot(a, a.graph.constant(b)) }
/// The same with a number on the left.
public func hypot(_ a: Double, _ b: Node) -> Node { hypot(b.graph.constant(a), b) }
