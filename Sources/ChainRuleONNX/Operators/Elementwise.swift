import ChainRuleCore
import ChainRuleMathematics

extension Operators {
  /// One element at a time, of the type of the input.
  static func unary(_ function: @escaping @Sendable (Node) -> Node) -> Operator {
    { call in try call.result(function(call.node(0))) }
  }

  static let elementwise: [String: Operator] = [
    "Abs": unary { abs($0) }, "Neg": unary { -$0 }, "Sign": unary { sign($0) }, "Exp": unary { exp($0) },
    "Log": unary { log($0) }, "Sqrt": unary { sqrt($0) }, "Reciprocal": unary { reciprocal($0) },
    "Sin": unary { sin($0) }, "Cos": unary { cos($0) }, "Tan": unary { tan($0) }, "Asin": unary { asin($0) },
    "Acos": unary { acos($0) }, "Atan": unary { atan($0) }, "Sinh": unary { sinh($0) }, "Cosh": unary { cosh($0) },
    "Tanh": unary { tanh($0) }, "Asinh": unary { asinh($0) }, "Acosh": unary { acosh($0) },
    "Atanh": unary { atanh($0) }, "Erf": unary { erf($0) }, "Floor": unary { floor($0) }, "Ceil": unary { ceil($0) },
    "Round": unary(roundedToEven), "Sigmoid": unary { sigmoid($0) },
    "Add": pair { $0 + $1 }, "Sub": pair { $0 - $1 }, "Mul": pair { $0 * $1 },
    "Div": { call in
      let type = try call.type(0)
      return try pair { type.isInteger ? truncate($0 / $1) : $0 / $1 }(call)
    },
    "Pow": pair { pow($0, $1) },
    "Mod": { call in
      let isTruncated = call.flag("fmod")
      return try pair { isTruncated ? truncatedRemainder($0, $1) : remainder($0, $1) }(call)
    },
    "Max": several { maximum($0, $1) }, "Min": several { minimum($0, $1) }, "Sum": several { $0 + $1 },
    "Mean": { call in
      let count = Double(call.inputs.count)
      return try several { $0 + $1 }(call).map { try .node(call.node($0) / count, call.type(0)) }
    },
    "Clip": clip,
    "BitwiseAnd": bits { $0 & $1 }, "BitwiseOr": bits { $0 | $1 }, "BitwiseXor": bits { $0 ^ $1 },
    "BitwiseNot": { call in
      let tensor = try call.known(0)
      return [
        .constant(TypedTensor(tensor.type, tensor.shape, tensor.values.scalars.map { tensor.type.wrapped(-1 - $0) }))
      ]
    },
    "BitShift": { call in
      let isLeft = call.text("direction", "LEFT") == "LEFT"
      return try bits { isLeft ? $0 << $1 : $0 >> $1 }(call)
    },
  ]

  /// Halves go to the even neighbour.
  static func roundedToEven(_ x: Node) -> Node {
    let nearest = round(x)
    let isHalf = equal(abs(x - truncate(x)), 0.5), isOdd = equal(abs(truncatedRemainder(nearest, 2)), 1)
    return nearest - isHalf * isOdd * sign(x)
  }

  /// Two operands that broadcast.
  static func pair(_ function: @escaping (Node, Node) -> Node) -> Operator {
    // The compiler cannot see that the function is only called here.
    nonisolated(unsafe) let function = function
    return { call in
      let a = try call.node(0)
      var b = try call.node(1)
      // Before version 7 the second operand was laid along the first from an axis on.
      if call.version < 7, call.flag("broadcast"), a.shape.rank > b.shape.rank, call.hasAttribute("axis") {
        let axis = try call.axis(call.integer("axis", 0), rank: a.shape.rank)
        let rest = Swift.max(0, a.shape.rank - axis - b.shape.rank)
        b = b.reshaped(to: Shape(b.shape.dimensions + [Int](repeating: 1, count: rest)))
      }
      return try call.result(function(a, b))
    }
  }

  /// Any number of operands that broadcast.
  static func several(_ function: @escaping @Sendable (Node, Node) -> Node) -> Operator {
    { call in
      let nodes = try call.inputs.indices.map { try call.node($0) }
      return try call.result(nodes.dropFirst().reduce(try call.node(0), function))
    }
  }

  private static let clip: Operator = { call in
    let x = try call.node(0)
    if call.version < 11 {
      let bounds = (call.float("min", -.infinity), call.float("max", .infinity))
      return try call.result(
        clamp(x, min: bounds.0.isFinite ? bounds.0 : nil, max: bounds.1.isFinite ? bounds.1 : nil))
    }
    var result = x
    if let lower = try call.nodeIfAny(1) { result = `where`(less(result, lower), lower, result) }
    if let upper = try call.nodeIfAny(2) { result = `where`(greater(result, upper), upper, result) }
    return try call.result(result)
  }

  /// Two operands of known whole numbers, bit by bit.
  private static func bits(_ function: @escaping @Sendable (Int64, Int64) -> Int64) -> Operator {
    { call in
      let operands = [try call.known(0), try call.known(1)], type = operands[0].type
      for operand in operands where operand.values.scalars.contains(where: { !(Swift.abs($0) <= 0x1p53) }) {
        throw call.refused("what is beyond 2⁵³ or no number is not kept bit by bit")
      }
      guard let common = operands[0].shape.broadcast(with: operands[1].shape) else {
        throw call.refused("shapes \(operands[0].shape) and \(operands[1].shape) do not broadcast")
      }
      let scratch = Graph()
      let values = try operands.map { try scratch.constant($0.values).broadcast(to: common).value().scalars }
      let results = zip(values[0], values[1]).map { type.wrapped(Double(function(Int64($0), Int64($1)))) }
      return [.constant(TypedTensor(type, common, results))]
    }
  }
}
