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

  /// 1 where both inputs are 0, the only place where a direction has a corner.
  func bothZero(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.elementwise(.multiply, inputs.map { $0.map { $0 == 0 ? 1 : 0 } })
  }

  /// The pieces of a remainder: its whole quotient, and a piece of their own for the multiples.
  func wholeQuotients(_ inputs: [Tensor], remainder: Opcode) throws -> Tensor {
    let rest = try Kernels.elementwise(remainder, inputs)
    let whole = try Kernels.elementwise(.divide, [Kernels.elementwise(.subtract, [inputs[0], rest]), inputs[1]])
    return try Kernels.elementwise(
      .add, [whole.map { 2 * $0.rounded() }, rest.map { $0 == 0 ? 0 : 1 }])
  }
}

extension LocalGradient {
  /// Constant between its jumps: no gradient flows.
  static func constantBetweenJumps(_ primitive: any Primitive) -> LocalGradient {
    .none(reason: "\(primitive.name) is constant between its jumps")
  }

  /// The order of a function is a whole number: no gradient flows to it.
  static var order: LocalGradient { .none(reason: "the order is a whole number") }
}

extension Node {
  /// An order, rounded down, and one more; a constant where it is one.
  var nextOrder: Node {
    constantNumber.map { graph.constant($0.rounded(.down) + 1) } ?? floor(self) + 1
  }
}
