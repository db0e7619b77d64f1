import ChainRuleCore

// The functions of the expression language, in groups. Each records what its namesake on `Node` records.
extension ExpressionFunction {
  /// The elementwise primitives, as their descriptors name them.
  static let elementwise: [ExpressionFunction] = PrimitiveTable.descriptors.compactMap { opcode, descriptor in
    guard let name = descriptor.call else { return nil }
    let operands = ["x"], several = ["condition", "a", "b"].suffix(opcode.arity)
    let form = "\(name)(\((opcode.arity == 1 ? operands : Array(several)).joined(separator: ", ")))"
    return ExpressionFunction(
      name: name, form: form, operands: opcode.arity...opcode.arity, options: [], aliases: descriptor.aliases
    ) { $0.graph.record(opcode, $0.nodes) }
  }

  /// Functions composed from elementwise primitives, and powers, which look at their exponent.
  static let composed: [ExpressionFunction] = [
    unary("tan") { tan($0) },
    ExpressionFunction(name: "gelu", form: "gelu(x, approximate: false)", operands: 1...1, options: ["approximate"]) {
      gelu($0.node(0), approximate: try $0.number("approximate") ?? 0 != 0)
    },
    unary("silu") { silu($0) },
    ExpressionFunction(name: "pow", form: "pow(x, 2)", operands: 2...2, options: []) { call in
      if let exponent = call.operands[1].literal?.number { return pow(call.node(0), exponent) }
      return pow(call.node(0), call.node(1))
    },
    ExpressionFunction(
      name: "leakyReLU", form: "leakyReLU(x, slope: 0.01)", operands: 1...1, options: ["slope", "negativeSlope"]
    ) { leakyReLU($0.node(0), slope: try $0.number("slope") ?? $0.number("negativeslope") ?? 0.01) },
    ExpressionFunction(name: "elu", form: "elu(x, alpha: 1)", operands: 1...1, options: ["alpha"]) {
      elu($0.node(0), alpha: try $0.number("alpha") ?? 1)
    },
    ExpressionFunction(name: "clamp", form: "clamp(x, min: -1, max: 1)", operands: 1...3, options: ["min", "max"]) {
      call in
      var limits: [Double] = []
      for operand in call.operands.dropFirst() {
        guard let limit = operand.literal?.number else { throw call.wrong("clamp takes numbers as limits") }
        limits.append(limit)
      }
      let low = try call.number("min") ?? limits.first
      let high = try call.number("max") ?? limits.dropFirst().first
      if let low, let high, low > high {
        throw call.wrong("the lower limit \(low) of clamp is above the upper limit \(high)")
      }
      return clamp(call.node(0), min: low, max: high)
    },
  ]

  private static let reductionOptions = ["axis", "axes", "keepingDimensions", "keepdims", "keepdim"]

  private static func reduction(
    _ name: String, _ function: @escaping @Sendable (Node, [Int]?, Bool) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(name: name, form: "\(name)(x, axis: 0)", operands: 1...1, options: reductionOptions) {
      function($0.node(0), try $0.axes(), $0.keepingDimensions)
    }
  }

  /// `max(x, axis: 0)` reduces; `max(a, b)` compares.
  private static func extremum(
    _ name: String, _ reduce: @escaping @Sendable (Node, [Int]?, Bool) -> Node,
    _ compare: @escaping @Sendable (Node, Node) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      name: name, form: "\(name)(x, axis: 0) or \(name)(a, b)", operands: 1...2, options: reductionOptions
    ) { call in
      if call.operands.count == 1 { return reduce(call.node(0), try call.axes(), call.keepingDimensions) }
      guard call.options.isEmpty else { throw call.wrong("\(name) of two values compares them and takes no axis") }
      return compare(call.node(0), call.node(1))
    }
  }

  static let reductions: [ExpressionFunction] = [
    reduction("sum") { $0.sum(axes: $1, keepingDimensions: $2) },
    reduction("mean") { $0.mean(axes: $1, keepingDimensions: $2) },
    reduction("product") { $0.product(axes: $1, keepingDimensions: $2) },
    ExpressionFunction(
      name: "variance", form: "variance(x, axis: 0, correction: 1)", operands: 1...1,
      options: reductionOptions + ["correction"]
    ) {
      $0.node(0).variance(
        axes: try $0.axes(), keepingDimensions: $0.keepingDimensions,
        correction: try $0.integers("correction")?.first ?? 0)
    },
    extremum("max", { $0.max(axes: $1, keepingDimensions: $2) }, { maximum($0, $1) }),
    extremum("min", { $0.min(axes: $1, keepingDimensions: $2) }, { minimum($0, $1) }),
    reduction("logSumExp") { logSumExp($0, axes: $1, keepingDimensions: $2) },
    ExpressionFunction(
      name: "norm", form: "norm(x, p: 2, axis: 0)", operands: 1...1, options: reductionOptions + ["p"]
    ) {
      $0.node(0).norm(try $0.number("p") ?? 2, axes: try $0.axes(), keepingDimensions: $0.keepingDimensions)
    },
    ExpressionFunction(name: "softmax", form: "softmax(x, axis: -1)", operands: 1...1, options: ["axis"]) {
      softmax($0.node(0), axis: try $0.axis(-1))
    },
    ExpressionFunction(name: "logSoftmax", form: "logSoftmax(x, axis: -1)", operands: 1...1, options: ["axis"]) {
      logSoftmax($0.node(0), axis: try $0.axis(-1))
    },
    ExpressionFunction(name: "argmax", form: "argmax(x, axis: -1)", operands: 1...1, options: ["axis"]) {
      $0.node(0).argmax(axis: try $0.axis(-1))
    },
    ExpressionFunction(name: "cumulativeSum", form: "cumulativeSum(x, axis: -1)", operands: 1...1, options: ["axis"]) {
      $0.node(0).cumulativeSum(axis: try $0.axis(-1))
    },
  ]

  static let arrangements: [ExpressionFunction] = [
    ExpressionFunction(name: "matmul", form: "matmul(a, b) or a @ b", operands: 2...2, options: []) {
      $0.node(0).matmul($0.node(1))
    },
    ExpressionFunction(name: "reshaped", form: "reshaped(x, [2, 3])", operands: 1...2, options: ["to", "shape"]) {
      $0.node(0).reshaped(to: Shape(try $0.layout("to", "shape")))
    },
    ExpressionFunction(name: "broadcast", form: "broadcast(x, [2, 3])", operands: 1...2, options: ["to", "shape"]) {
      $0.node(0).broadcast(to: Shape(try $0.layout("to", "shape")))
    },
    ExpressionFunction(
      name: "transposed", form: "transposed(x) or transposed(x, [1, 0])", operands: 1...2, options: ["axes"]
    ) { $0.node(0).transposed($0.isAlone ? nil : try $0.layout("axes")) },
    ExpressionFunction(name: "flipped", form: "flipped(x, axis: 0)", operands: 1...1, options: ["axis", "axes"]) {
      $0.node(0).flipped(axes: try $0.axes())
    },
    ExpressionFunction(name: "tiled", form: "tiled(x, [2, 1])", operands: 1...2, options: ["repeats"]) {
      $0.node(0).tiled(try $0.layout("repeats"))
    },
    ExpressionFunction(
      name: "padded", form: "padded(x, before: [1, 0], after: [0, 1])", operands: 1...1,
      options: ["before", "after", "value"]
    ) { call in
      let none = [Int](repeating: 0, count: call.node(0).shape.rank)
      let (before, after) = (try call.integers("before") ?? none, try call.integers("after") ?? none)
      return call.node(0).padded(before: before, after: after, value: try call.number("value") ?? 0)
    },
    ExpressionFunction(name: "concatenate", form: "concatenate(a, b, axis: 0)", operands: 2...99, options: ["axis"]) {
      concatenate($0.nodes, axis: try $0.axis(0))
    },
    ExpressionFunction(name: "stack", form: "stack(a, b, axis: 0)", operands: 2...99, options: ["axis"]) {
      stack($0.nodes, axis: try $0.axis(0))
    },
    ExpressionFunction(
      name: "gathered", form: "gathered(x, [0, 2], axis: 0)", operands: 1...2, options: ["at", "axis"]
    ) { $0.node(0).gathered(at: try $0.indices(), axis: try $0.axis(0)) },
    ExpressionFunction(
      name: "gatheredAlong", form: "gatheredAlong(x, [[0], [2]], axis: 1)", operands: 1...2, options: ["at", "axis"]
    ) { $0.node(0).gatheredAlong(axis: try $0.axis(-1), at: try $0.indices()) },
    unary("stoppingGradient") { $0.stoppingGradient() },
  ]

  static let windows: [ExpressionFunction] = [
    ExpressionFunction(
      name: "convolution2d", form: "convolution2d(x, w, stride: 1, padding: 0)", operands: 2...3,
      options: ["stride", "padding", "dilation", "groups"]
    ) {
      convolution2d(
        $0.node(0), weight: $0.node(1), bias: $0.operands.count > 2 ? $0.node(2) : nil,
        stride: try $0.integers("stride") ?? [1], padding: try $0.integers("padding") ?? [0],
        dilation: try $0.integers("dilation") ?? [1], groups: try $0.integers("groups")?.first ?? 1)
    },
    ExpressionFunction(
      name: "maxPool2d", form: "maxPool2d(x, window: 2, stride: 2)", operands: 1...1,
      options: ["window", "stride", "padding"]
    ) {
      maxPool2d(
        $0.node(0), window: try $0.integers("window") ?? [2], stride: try $0.integers("stride"),
        padding: try $0.integers("padding") ?? [0])
    },
    ExpressionFunction(
      name: "avgPool2d", form: "avgPool2d(x, window: 2, stride: 2)", operands: 1...1,
      options: ["window", "stride", "padding"]
    ) {
      avgPool2d(
        $0.node(0), window: try $0.integers("window") ?? [2], stride: try $0.integers("stride"),
        padding: try $0.integers("padding") ?? [0])
    },
  ]
}

extension ExpressionCall {
  fileprivate var isAlone: Bool { operands.count == 1 && options.isEmpty }

  /// Whole numbers that stand as the second operand or as an option of one of the names.
  fileprivate func layout(_ labels: String...) throws -> [Int] {
    guard let value = second(labels) else { throw wrong("the second argument is missing") }
    return try integers(value, "its numbers")
  }

  /// Positions to gather at: a list of whole numbers, or a node of indices.
  fileprivate func indices() throws -> Node {
    guard let value = second(["at"]) else { throw wrong("the positions are missing") }
    guard let literal = value.literal else { return value.node(in: graph) }
    let positions = try literal.scalars.map { scalar in
      guard let position = Int(exactly: scalar) else { throw wrong("positions are whole numbers, not \(scalar)") }
      return position
    }
    return graph.constant(Tensor(indices: positions, shape: Shape(literal.shape)))
  }

  private func second(_ labels: [String]) -> ExpressionValue? {
    operands.count > 1 ? operands[1] : labels.lazy.compactMap { options[$0] }.first
  }
}
