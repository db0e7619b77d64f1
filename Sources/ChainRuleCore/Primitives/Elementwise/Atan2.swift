/// y = the angle of the point (b, a), between −π and π; ∂y/∂a = b/(a² + b²), ∂y/∂b = −a/(a² + b²). It jumps at a = 0, b < 0.
struct Atan2: TabulatedPrimitive, PiecewisePrimitive {
  static let opcode = Opcode.atan2
  static let descriptor = PrimitiveDescriptor(
    equation: "the angle of (b, a)", derivatives: ["b/(a² + b²)", "−a/(a² + b²)"], convention: "slope 0 at the origin",
    call: "atan2", aliases: ["arctan2"], script: "Math.atan2(a,b)", domains: [.everywhere, .everywhere],
    accuracy: .init(single: 0.55, double: 1), course: .rule { $0[0].angle(beside: $0[1]) })
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let slope = output.graph.binary(.overSquares, inputs[1 - index], inputs[index])
    return .factor(index == 0 ? slope : -slope)
  }
  func branches(of inputs: [Tensor]) throws -> Tensor {
    let isLeft = try Kernels.elementwise(.less, [inputs[1], Tensor(shape: inputs[1].shape, repeating: 0)])
    return try Kernels.elementwise(.multiply, [isLeft, sides(of: [inputs[0]])])
  }
}

/// The angle of the point (x, y), between −π and π, signed zeros as in C; the two broadcast.
public func atan2(_ y: Node, _ x: Node) -> Node { y.graph.binary(.atan2, y, x) }
