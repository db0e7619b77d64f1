import ChainRuleCore

// The functions of the expression language, in groups. Each records what its namesake on `Node` records.
extension ExpressionFunction {
  /// The elementwise primitives, as their descriptors name them.
  static let elementwise: [ExpressionFunction] = PrimitiveTable.descriptors.compactMap { opcode, descriptor in
    guard let name = descriptor.call else { return nil }
    let operands = opcode.arity == 1 ? ["x"] : ["condition", "a", "b"].suffix(opcode.arity)
    return ExpressionFunction(
      "\(name)(\(operands.joined(separator: ", ")))", takes: .exactly(opcode.arity), aliases: descriptor.aliases
    ) { $0.graph.record(opcode, $0.nodes) }
  }

  /// Functions composed from elementwise primitives, and powers, which look at their exponent.
  static let composed: [ExpressionFunction] = [
    unary("tan") { tan($0) },
    ExpressionFunction("gelu(x, approximate: false)", takes: .exactly(1), options: [.approximate]) {
      gelu($0.node(0), approximate: try $0.flag(.approximate))
    },
    unary("silu", aliases: ["swish"]) { silu($0) },
    ExpressionFunction("pow(x, 2)", takes: .exactly(2), aliases: ["power"]) { call in
      if let exponent = call.operands[1].value.literal?.number { return pow(call.node(0), exponent) }
      return pow(call.node(0), call.node(1))
    },
    ExpressionFunction("leakyReLU(x, slope: 0.01)", takes: .exactly(1), options: [.slope], aliases: ["lrelu"]) {
      leakyReLU($0.node(0), slope: try $0.number(.slope) ?? 0.01)
    },
    ExpressionFunction("elu(x, alpha: 1)", takes: .exactly(1), options: [.alpha]) {
      elu($0.node(0), alpha: try $0.number(.alpha) ?? 1)
    },
    ExpressionFunction(
      "clamp(x, min: -1, max: 1)", takes: .between(1, 3), options: [.min, .max], aliases: ["clip"]
    ) { call in
      let low = try call.argument(1, or: .min).map(call.number)
      let high = try call.argument(2, or: .max).map(call.number)
      if let low, let high, low > high {
        throw call.wrong("the lower limit \(low) of clamp is above the upper limit \(high)")
      }
      return clamp(call.node(0), min: low, max: high)
    },
  ]

  private static func reduction(
    _ name: String, aliases: [String] = [], _ function: @escaping @Sendable (Node, [Int]?, Bool) -> Node
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

  /// A function along one axis, the last unless another is given.
  private static func alongAxis(
    _ name: String, aliases: [String] = [], _ function: @escaping @Sendable (Node, Int) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction("\(name)(x, axis: -1)", takes: .exactly(1), options: [.axis], aliases: aliases) {
      function($0.node(0), try $0.axis(-1))
    }
  }

  static let reductions: [ExpressionFunction] = [
    reduction("sum") { $0.sum(axes: $1, keepingDimensions: $2) },
    reduction("mean", aliases: ["average"]) { $0.mean(axes: $1, keepingDimensions: $2) },
    reduction("product", aliases: ["prod"]) { $0.product(axes: $1, keepingDimensions: $2) },
    ExpressionFunction(
      "variance(x, axis: 0, keepingDimensions: true, correction: 1)", takes: .exactly(1),
      options: [.axis, .keepingDimensions, .correction], aliases: ["var"]
    ) {
      $0.node(0).variance(
        axes: try $0.axes(), keepingDimensions: try $0.keepingDimensions(),
        correction: try $0.wholeNumber(.correction) ?? 0)
    },
    extremum("max", { $0.max(axes: $1, keepingDimensions: $2) }, { maximum($0, $1) }),
    extremum("min", { $0.min(axes: $1, keepingDimensions: $2) }, { minimum($0, $1) }),
    reduction("logSumExp") { logSumExp($0, axes: $1, keepingDimensions: $2) },
    ExpressionFunction(
      "norm(x, p: 2, axis: 0, keepingDimensions: true)", takes: .exactly(1), options: [.p, .axis, .keepingDimensions]
    ) {
      $0.node(0).norm(try $0.number(.p) ?? 2, axes: try $0.axes(), keepingDimensions: try $0.keepingDimensions())
    },
    alongAxis("softmax") { softmax($0, axis: $1) },
    alongAxis("logSoftmax") { logSoftmax($0, axis: $1) },
    alongAxis("argmax") { $0.argmax(axis: $1) },
    alongAxis("cumulativeSum", aliases: ["cumsum"]) { $0.cumulativeSum(axis: $1) },
  ]

  static let arrangements: [ExpressionFunction] = [
    ExpressionFunction("matmul(a, b) or a @ b", takes: .exactly(2), aliases: ["dot"]) {
      $0.node(0).matmul($0.node(1))
    },
    ExpressionFunction(
      "reshaped(x, [2, 3]) or reshaped(x, to: [2, 3])", takes: .between(1, 2), options: [.shape], aliases: ["reshape"]
    ) { $0.node(0).reshaped(to: Shape(try $0.layout(.shape))) },
    ExpressionFunction(
      "broadcast(x, [2, 3]) or broadcast(x, to: [2, 3])", takes: .between(1, 2), options: [.shape],
      aliases: ["broadcastTo"]
    ) { $0.node(0).broadcast(to: Shape(try $0.layout(.shape))) },
    ExpressionFunction(
      "transposed(x) or transposed(x, axes: [1, 0])", takes: .between(1, 2), options: [.order],
      aliases: ["transpose", "permute"]
    ) { $0.node(0).transposed(try $0.argument(1, or: .order).map($0.wholeNumbers)) },
    ExpressionFunction("flipped(x, axis: 0)", takes: .exactly(1), options: [.axis], aliases: ["flip"]) {
      $0.node(0).flipped(axes: try $0.axes())
    },
    ExpressionFunction(
      "tiled(x, [2, 1]) or tiled(x, repeats: [2, 1])", takes: .between(1, 2), options: [.repeats], aliases: ["tile"]
    ) { $0.node(0).tiled(try $0.layout(.repeats)) },
    ExpressionFunction(
      "padded(x, before: [1, 0], after: [0, 1], value: 0)", takes: .exactly(1), options: [.before, .after, .value],
      aliases: ["pad"]
    ) { call in
      let none = [Int](repeating: 0, count: call.node(0).shape.rank)
      return call.node(0).padded(
        before: try call.wholeNumbers(.before) ?? none, after: try call.wholeNumbers(.after) ?? none,
        value: try call.number(.value) ?? 0)
    },
    ExpressionFunction(
      "concatenate(a, b, axis: 0)", takes: .atLeast(2), options: [.axis], aliases: ["concat", "cat"]
    ) { concatenate($0.nodes, axis: try $0.axis(0)) },
    ExpressionFunction("stack(a, b, axis: 0)", takes: .atLeast(2), options: [.axis]) {
      stack($0.nodes, axis: try $0.axis(0))
    },
    ExpressionFunction(
      "gathered(x, [0, 2], axis: 0) or gathered(x, at: [0, 2])", takes: .between(1, 2), options: [.positions, .axis],
      aliases: ["gather", "take"], readsPositions: true
    ) { $0.node(0).gathered(at: try $0.positions(), axis: try $0.axis(0)) },
    ExpressionFunction(
      "gatheredAlong(x, [[0], [2]], axis: 1) or gatheredAlong(x, at: [[0], [2]])", takes: .between(1, 2),
      options: [.positions, .axis], aliases: ["takeAlong"], readsPositions: true
    ) { $0.node(0).gatheredAlong(axis: try $0.axis(-1), at: try $0.positions()) },
    unary("stoppingGradient", aliases: ["stopGradient", "detach"]) { $0.stoppingGradient() },
  ]

  /// The largest or the mean of every window of an image.
  private static func pooling(
    _ name: String, aliases: [String] = [], _ pool: @escaping @Sendable (Node, [Int], [Int]?, [Int]) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(x, window: 2, stride: 2, padding: 0)", takes: .exactly(1), options: [.window, .stride, .padding],
      aliases: aliases
    ) {
      pool(
        $0.node(0), try $0.wholeNumbers(.window) ?? [2], try $0.wholeNumbers(.stride),
        try $0.wholeNumbers(.padding) ?? [0])
    }
  }

  static let windows: [ExpressionFunction] = [
    ExpressionFunction(
      "convolution2d(x, w, b, stride: 1, padding: 0, dilation: 1, groups: 1)", takes: .between(2, 3),
      options: [.stride, .padding, .dilation, .groups], aliases: ["conv2d"]
    ) {
      convolution2d(
        $0.node(0), weight: $0.node(1), bias: $0.operands.count > 2 ? $0.node(2) : nil,
        stride: try $0.wholeNumbers(.stride) ?? [1], padding: try $0.wholeNumbers(.padding) ?? [0],
        dilation: try $0.wholeNumbers(.dilation) ?? [1], groups: try $0.wholeNumber(.groups) ?? 1)
    },
    pooling("maxPool2d") { maxPool2d($0, window: $1, stride: $2, padding: $3) },
    pooling("avgPool2d", aliases: ["averagePool2d"]) { avgPool2d($0, window: $1, stride: $2, padding: $3) },
  ]
}
