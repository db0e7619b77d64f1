/// y = min(a, b), ∂y/∂a = 1 where a < b, ½ at a tie, else 0. NaN on either side gives NaN.
struct Minimum: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.minimum
  static let descriptor = PrimitiveDescriptor(
    equation: "min(a, b)", derivatives: ["1 where a wins", "1 where b wins"], convention: "a tie gives ½ to each",
    call: "minimum", notation: .function(latex: "\\min"), script: "Math.min(a,b)", domains: [.everywhere, .everywhere],
    accuracy: .none, course: .rule { -(-$0[0]).larger(-$0[1]) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (mine, other) = (inputs[index], inputs[1 - index])
    return .factor(less(mine, other) + 0.5 * equal(mine, other))
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try order(of: inputs) }
}

/// The smaller of the two, element by element; NaN on either side gives NaN.
public func minimum(_ a: Node, _ b: Node) -> Node { a.graph.binary(.minimum, a, b) }
/// The same with a number on the right.
public func minimum(_ a: Node, _ b: Double) -> Node { minimum(a, a.graph.constant(b)) }
/// The same with a number on the left.
public func minimum(_ a: Double, _ b: Node) -> Node { minimum(b.graph.constant(a), b) }
