import ChainRuleCore

extension Operators {
  static let activations: [String: Operator] = [
    "Relu": unary { relu($0) }, "Softplus": unary { softplus($0) }, "Softsign": unary { softsign($0) },
    "Mish": unary { $0 * tanh(softplus($0)) }, "Dropout": dropout,
    "LeakyRelu": { call in try call.result(leakyReLU(call.node(0), slope: call.float("alpha", 0.01))) },
    "Elu": { call in try call.result(elu(call.node(0), alpha: call.float("alpha", 1))) },
    "Selu": { call in
      let alpha = call.float("alpha", 1.67326319217681884765625), gamma = call.float("gamma", 1.05070102214813232421875)
      return try call.result(gamma * elu(call.node(0), alpha: alpha))
    },
    "Celu": { call in
      let alpha = call.float("alpha", 1)
      return try call.result(alpha * elu(call.node(0) / alpha))
    },
    "HardSigmoid": { call in
      try call.result(clamp(call.float("alpha", 0.2) * call.node(0) + call.float("beta", 0.5), min: 0, max: 1))
    },
    "HardSwish": unary { $0 * clamp($0 / 6 + 0.5, min: 0, max: 1) },
    "Swish": { call in
      let x = try call.node(0)
      return try call.result(x * sigmoid(call.float("alpha", 1) * x))
    },
    "Gelu": { call in
      try call.result(gelu(call.node(0), approximate: call.text("approximate", "none") == "tanh"))
    },
    "ThresholdedRelu": { call in
      let x = try call.node(0)
      return try call.result(`where`(greater(x, call.float("alpha", 1)), x, 0))
    },
    "Shrink": { call in
      let x = try call.node(0), bound = call.float("lambd", 0.5), bias = call.float("bias", 0)
      return try call.result(`where`(greater(x, bound), x - bias, `where`(less(x, -bound), x + bias, 0)))
    },
    "PRelu": { call in
      let x = try call.node(0)
      var slope = try call.node(1)
      if call.version < 7, slope.shape.rank == 1, x.shape.rank > 1, slope.shape[0] != 1 {
        slope = slope.reshaped(to: Shape([slope.shape[0]] + [Int](repeating: 1, count: x.shape.rank - 2)))
      }
      return try call.result(`where`(less(x, 0), slope * x, x))
    },
    "Softmax": { call in try call.result(alongAxis(call) { softmax($0, axis: $1) }) },
    "LogSoftmax": { call in try call.result(alongAxis(call) { logSoftmax($0, axis: $1) }) },
    "Hardmax": { call in
      try call.result(
        alongAxis(call) { x, axis in
          let rows = x.argmax(axis: axis).oneHot(classes: x.shape[axis])
          if rows.error != nil { return rows }
          let last = rows.shape.rank - 1
          return rows.transposed(Array(0..<axis) + [last] + Array(axis..<last))
        })
    },
  ]

  /// A function along an axis; before version 13 along all axes from one on, as if they were one.
  private static func alongAxis(_ call: Call, _ function: (Node, Int) -> Node) throws -> Node {
    let x = try call.node(0), isFlat = call.version < 13
    let axis = try call.axis(call.integer("axis", isFlat ? 1 : -1), rank: x.shape.rank)
    guard isFlat else { return function(x, axis) }
    let rows = Shape(Array(x.shape.dimensions[..<axis])).elementCount
    return function(x.reshaped(to: [rows, rows == 0 ? 0 : x.shape.elementCount / rows]), 1).reshaped(to: x.shape)
  }

  /// As it is when a model is used: the input goes through. Training with noise is refused.
  private static let dropout: Operator = { call in
    let x = try call.node(0)
    let isTraining =
      call.version >= 12
      ? try (call.has(2) ? call.known(2).values.scalars.first : 0) != 0 : call.version < 7 && !call.flag("is_test")
    let ratio = try call.version >= 12 ? call.numberIfAny(1) ?? 0.5 : call.float("ratio", 0.5)
    if isTraining, ratio != 0, call.version >= 12 {
      throw call.refused("dropout that draws random numbers is not recorded from a file")
    }
    let mask = ImportedValue.constant(TypedTensor(.bool, Tensor(shape: x.shape, repeating: 1)))
    return [.node(1 * x, try call.type(0)), mask]
  }
}
