import ChainRuleCore
import ChainRuleMathematics

extension Operators {
  static let products: [String: Operator] = [
    "MatMul": { call in try call.result(call.node(0).matmul(call.node(1))) },
    "Gemm": gemm,
    "Einsum": { call in
      let formula = call.text("equation", "").filter { $0 != " " }
      return try call.result(einsum(formula, call.inputs.indices.map { try call.node($0) }))
    },
    "Det": { call in try call.result(determinant(call.node(0))) },
    "MatMulInteger": { call in
      let a = try call.node(0) - zero(call, 2, asRows: true), b = try call.node(1) - zero(call, 3, asRows: false)
      return try call.result(a.matmul(b), .int32)
    },
  ]

  /// A zero point: one number, or one for each row (of the left) or column (of the right operand).
  private static func zero(_ call: Call, _ index: Int, asRows: Bool) throws -> Node {
    guard let zero = try call.nodeIfAny(index) else { return call.graph.constant(0 as Double) }
    return asRows && zero.shape.rank == 1 && zero.shape[0] > 1 ? zero.reshaped(to: [zero.shape[0], 1]) : zero
  }

  private static let gemm: Operator = { call in
    var a = try call.node(0), b = try call.node(1)
    if call.flag("transA") { a = a.transposed() }
    if call.flag("transB") { b = b.transposed() }
    let alpha = call.float("alpha", 1), beta = call.float("beta", 1)
    var result = a.matmul(b)
    if alpha != 1 { result = alpha * result }
    if let c = try call.nodeIfAny(2), beta != 0 { result = result + (beta == 1 ? c : beta * c) }
    return try call.result(result)
  }
}
