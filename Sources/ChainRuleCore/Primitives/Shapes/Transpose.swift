/// Axis `i` of the output is axis `order[i]` of the input. Its transpose is the inverse order.
struct Transpose: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "axes in another order", derivatives: ["the inverse order"], call: "transposed",
    aliases: ["transpose", "permute"],
    notation: .form(text: .init("#0ᵀ", .power, .atom), latex: .init("#0^{\\top}", .power, .atom)), glyph: "ᵀ",
    hasWeightsOfOneSign: true)
  func detail(of inputs: [Shape]) -> String { order == Array(order.indices.reversed()) ? "" : "order \(order)" }
  let order: [Int]
  var name: String { "transpose" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { Shape(order.map { inputs[0][$0] }) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.transpose(inputs[0], order) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    var inverse = order
    for (position, axis) in order.enumerated() { inverse[axis] = position }
    return .linear(apply: { $0.transposed(order) }, transpose: { $0.transposed(inverse) })
  }
}

extension Node {
  /// Axes in another order; all reversed by default (the transpose of a matrix).
  public func transposed(_ order: [Int]? = nil) -> Node {
    graph.attempt(self) {
      let order = try (order ?? Array((0..<shape.rank).reversed())).map {
        try shape.position(ofAxis: $0, in: "transpose")
      }
      guard order.sorted() == Array(0..<shape.rank) else {
        throw ChainRuleError(
          .shape, in: "transpose", required: "each axis of \(shape) once", got: "order \(order)")
      }
      return Transpose(order: order)
    }
  }
}
