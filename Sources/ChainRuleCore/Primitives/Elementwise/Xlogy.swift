/// y = a ln b, 0 where a is 0; ∂y/∂a = ln b, ∂y/∂b = a/b, 0 at (0, 0).
struct Xlogy: TabulatedPrimitive {
  static let opcode = Opcode.xlogy
  static let descriptor = PrimitiveDescriptor(
    equation: "a ln b", derivatives: ["ln b", "a/b"], convention: "0 where a = 0; at (0, 0) the slopes are −∞ and 0",
    call: "xlogy", script: "a===0?0:a*Math.log(b)", domains: [.everywhere, .above(0)],
    accuracy: .init(single: 2, double: 1.7), course: .rule { _ in .everything })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 0 { return .factor(log(inputs[1])) }
    let isOrigin = equal(inputs[0], 0) * equal(inputs[1], 0)
    return .factor(inputs[0] / `where`(isOrigin, 1, inputs[1]))
  }
}

/// a ln b, and 0 where a is 0; the two broadcast.
public func xlogy(_ a: Node, _ b: Node) -> Node { a.graph.binary(.xlogy, a, b) }
