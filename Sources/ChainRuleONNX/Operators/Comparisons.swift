import ChainRuleCore

extension Operators {
  /// A mask of two operands that broadcast.
  private static func mask(_ function: @escaping @Sendable (Node, Node) -> Node) -> Operator {
    { call in
      try pair(function)(call).map { value in
        guard case .node(let node, _) = value else { return value }
        return .node(node, .bool)
      }
    }
  }

  static let comparisons: [String: Operator] = [
    "Greater": mask { greater($0, $1) }, "Less": mask { less($0, $1) }, "Equal": mask { equal($0, $1) },
    "GreaterOrEqual": mask { $0 .>= $1 }, "LessOrEqual": mask { $0 .<= $1 },
    "And": mask { $0 * $1 }, "Or": mask { maximum($0, $1) }, "Xor": mask { abs($0 - $1) },
    "Not": { call in try call.result(1 - call.node(0), .bool) },
    "IsNaN": { call in
      let x = try call.node(0)
      return try call.result(1 - equal(x, x), .bool)
    },
    "IsInf": { call in
      let x = try call.node(0)
      let isHigh = call.flag("detect_positive", true) ? equal(x, .infinity) : 0 * equal(x, x)
      let isLow = call.flag("detect_negative", true) ? equal(x, -.infinity) : 0 * equal(x, x)
      return try call.result(isHigh + isLow, .bool)
    },
    "Where": { call in try call.result(`where`(call.node(0), call.node(1), call.node(2)), call.type(1)) },
  ]
}
