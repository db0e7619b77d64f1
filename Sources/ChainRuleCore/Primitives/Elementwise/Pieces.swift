// What piecewise primitives share.

extension PiecewisePrimitive {
  /// −1, 0 or 1: on which side of 0 each element lies.
  func sides(of inputs: [Tensor]) throws -> Tensor { try Kernels.elementwise(.sign, inputs) }

  /// −1, 0 or 1: the order of two tensors, element by element.
  func order(of inputs: [Tensor]) throws -> Tensor {
    try Kernels.elementwise(.sign, [try Kernels.elementwise(.subtract, inputs)])
  }

  /// Below, at and above a point of a jump are three branches, so that a jump at x itself is seen: 2·(jumps below x),
  /// and one more at a jump.
  func steps(of inputs: [Tensor], _ jumpAtOrBelow: (Double) -> Double) -> Tensor {
    inputs[0].map { 2 * jumpAtOrBelow($0) + ($0 == jumpAtOrBelow($0) ? 0 : 1) }
  }
}

extension LocalGradient {
  /// Constant between its jumps: no gradient flows.
  static func constantBetweenJumps(_ primitive: any Primitive) -> LocalGradient {
    .none(reason: "\(primitive.name) is constant between its jumps")
  }
}
