/// y = max(a, b), ∂y/∂a = 1 where a > b, ½ at a tie, else 0. NaN on either side gives NaN.
struct Maximum: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.maximum
  static let descriptor = PrimitiveDescriptor(
    equation: "max(a, b)", derivatives: ["1 where a wins", "1 where b wins"], convention: "a tie gives ½ to each",
    call: "maximum", notation: .function(latex: "\\max"), script: "Math.max(a,b)", domains: [.everywhere, .everywhere],
    accuracy: .none, course: .rule { $0[0].larger($0[1]) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (mine, other) = (inputs[index], inputs[1 - index])
    return .factor(greater(mine, other) + 0.5 * equal(mine, other))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(of: inputs) }
}

/// The larger of the two, element by element; NaN on either side gives NaN.
public func maximum(_ a: Node, _ b: Node) -> Node {
  a.graph.smoothForm(.maximum, a, b) ?? a.graph.binary(.maximum, a, b)
}
/// The same with a number on the right.
public func maximum(_ a: Node, _ b: Double) -> Node { maximum(a, a.graph.constant(b)) }
/// The same with a number on the left.
public func maximum(_ a: Double, _ b: Node) -> Node { maximum(b.graph.constant(a), b) }
