import ChainRuleCore

// Functions of the expression language that are composed of primitives, or choose among them; the only ones that are
// named here and not by a descriptor.
extension ExpressionFunction {
  static let composed: [ExpressionFunction] =
    [
      unary("tan") { tan($0) },
      ExpressionFunction("gelu(x, approximate: false)", takes: .exactly(1), options: [.approximate]) {
        gelu($0.node(0), approximate: try $0.flag(.approximate))
      },
      unary("silu", aliases: ["swish"]) { silu($0) },
      ExpressionFunction("leakyReLU(x, slope: 0.01)", takes: .exactly(1), options: [.slope], aliases: ["lrelu"]) {
        leakyReLU($0.node(0), slope: try $0.number(.slope) ?? 0.01)
      },
      ExpressionFunction("elu(x, alpha: 1)", takes: .exactly(1), options: [.alpha]) {
        elu($0.node(0), alpha: try $0.number(.alpha) ?? 1)
      },
      clamp,
      reduction("mean", aliases: ["average"]) { $0.mean(axes: $1, keepingDimensions: $2) },
      reduction("product", aliases: ["prod"]) { $0.product(axes: $1, keepingDimensions: $2) },
      extremum("max", { $0.max(axes: $1, keepingDimensions: $2) }, { maximum($0, $1) }),
      extremum("min", { $0.min(axes: $1, keepingDimensions: $2) }, { minimum($0, $1) }),
      variance, standardDeviation, norm,
      reduction("squaredNorm", aliases: []) { $0.squaredNorm(axes: $1, keepingDimensions: $2) },
      ExpressionFunction("logSoftmax(x, axis: -1)", takes: .exactly(1), options: [.axis]) {
        logSoftmax($0.node(0), axis: try $0.axis(-1))
      },
      ExpressionFunction(
        "tiled(x, [2, 1]) or tiled(x, repeats: [2, 1])", takes: .between(1, 2), options: [.repeats], aliases: ["tile"]
      ) { $0.node(0).tiled(try $0.layout(.repeats)) },
      ExpressionFunction("stack(a, b, axis: 0)", takes: .atLeast(2), options: [.axis]) {
        stack($0.nodes, axis: try $0.axis(0))
      },
    ]

  private static let clamp = ExpressionFunction(
    "clamp(x, min: -1, max: 1)", takes: .between(1, 3), options: [.min, .max], aliases: ["clip"]
  ) { call in
    let low = try call.argument(1, or: .min).map(call.number)
    let high = try call.argument(2, or: .max).map(call.number)
    if let low, let high, low > high {
      throw call.wrong("the lower limit \(low) of clamp is above the upper limit \(high)")
    }
    return ChainRuleCore.clamp(call.node(0), min: low, max: high)
  }

  private static let variance = ExpressionFunction(
    "variance(x, axis: 0, keepingDimensions: true, correction: 1)", takes: .exactly(1),
    options: [.axis, .keepingDimensions, .correction], aliases: ["var"]
  ) {
    $0.node(0).variance(
      axes: try $0.axes(), keepingDimensions: try $0.keepingDimensions(),
      correction: try $0.wholeNumber(.correction) ?? 0)
  }

  private static let standardDeviation = ExpressionFunction(
    "standardDeviation(x, axis: 0, keepingDimensions: true, correction: 1)", takes: .exactly(1),
    options: [.axis, .keepingDimensions, .correction], aliases: ["std"]
  ) {
    $0.node(0).standardDeviation(
      axes: try $0.axes(), keepingDimensions: try $0.keepingDimensions(),
      correction: try $0.wholeNumber(.correction) ?? 0)
  }

  private static let norm = ExpressionFunction(
    "norm(x, p: 2, axis: 0, keepingDimensions: true)", takes: .exactly(1), options: [.p, .axis, .keepingDimensions]
  ) {
    $0.node(0).norm(try $0.number(.p) ?? 2, axes: try $0.axes(), keepingDimensions: try $0.keepingDimensions())
  }

  private static func reduction(
    _ name: String, aliases: [String], _ function: @escaping @Sendable (Node, [Int]?, Bool) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(x, axis: 0, keepingDimensions: true)", takes: .exactly(1), options: [.axis, .keepingDimensions],
      aliases: aliases
    ) { function($0.node(0), try $0.axes(), try $0.keepingDimensions()) }
  }

  /// `max(x, axis: 0)` reduces; `max(a, b)` compares.
  private static func extremum(
    _ name: String, _ reduce: @escaping @Sendable (Node, [Int]?, Bool) -> Node,
    _ compare: @escaping @Sendable (Node, Node) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(x, axis: 0, keepingDimensions: true) or \(name)(a, b)", takes: .between(1, 2),
      options: [.axis, .keepingDimensions]
    ) { call in
      if call.operands.count == 1 { return reduce(call.node(0), try call.axes(), try call.keepingDimensions()) }
      guard !call.hasOptions else { throw call.wrong("\(name) of two values compares them and takes no option") }
      return compare(call.node(0), call.node(1))
    }
  }
}
