/// y = b where a ≠ 0, else c; ∂y/∂b = 1 where a ≠ 0, ∂y/∂c = 1 where a = 0, nothing for a, which only chooses.
struct Where: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.where
  static let descriptor = PrimitiveDescriptor(
    equation: "b where a ≠ 0, else c", derivatives: ["none: it only chooses", "1 where a ≠ 0", "1 where a = 0"],
    call: "where", script: "a!==0?b:c", domains: [.condition, .everywhere, .everywhere], accuracy: .none,
    course: .rule { $0[0].chooses($0[1], $0[2]) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let isZero = equal(inputs[0], 0)
    switch index {
    case 1: return .factor(1 - isZero)
    case 2: return .factor(isZero)
    default: return .none(reason: "the condition of where only chooses")
    }
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { inputs[0].map { $0 == 0 ? 0 : 1 } }
}

/// `a` where the condition is not 0, `b` elsewhere; the three broadcast.
public func `where`(_ condition: Node, _ a: Node, _ b: Node) -> Node {
  condition.graph.broadcasting(.where, [condition, a, b])
}
/// The same with a number where the condition holds.
public func `where`(_ condition: Node, _ a: Double, _ b: Node) -> Node { `where`(condition, b.graph.constant(a), b) }
/// The same with a number elsewhere.
public func `where`(_ condition: Node, _ a: Node, _ b: Double) -> Node { `where`(condition, a, a.graph.constant(b)) }
