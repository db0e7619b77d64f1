/// y = 1 where a > b, else 0.
struct Greater: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.greater
  static let descriptor = PrimitiveDescriptor(
    equation: "1 where a > b, else 0", derivatives: ["none: constant between jumps", "none: constant between jumps"],
    call: "greater", aliases: ["gt"], script: "a>b?1:0", domains: [.everywhere, .everywhere], accuracy: .none,
    course: .rule { $0[1].isLess(than: $0[0]) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .constantBetweenJumps(self)
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(of: inputs) }
}

/// 1 where a > b, else 0.
public func greater(_ a: Node, _ b: Node) -> Node { a.graph.binary(.greater, a, b) }
/// The same with a number on the right.
public func greater(_ a: Node, _ b: Double) -> Node { greater(a, a.graph.constant(b)) }

extension Node {
  /// 1 where a > b, else 0; the two broadcast.
  public static func .> (a: Node, b: Node) -> Node { greater(a, b) }
  /// 1 where a > b, else 0.
  public static func .> (a: Node, b: Double) -> Node { greater(a, b) }
  /// 1 where a ≥ b, else 0; the two broadcast.
  public static func .>= (a: Node, b: Node) -> Node { greater(a, b) + equal(a, b) }
  /// 1 where a ≥ b, else 0.
  public static func .>= (a: Node, b: Double) -> Node { greater(a, b) + equal(a, b) }
}
