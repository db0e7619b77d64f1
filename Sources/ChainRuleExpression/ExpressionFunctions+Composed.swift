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
      unary("diag", aliases: ["diagonal"]) { $0.diagonal },
      ExpressionFunction("identity(3) or identity(x)", takes: .exactly(1), aliases: ["eye"]) { call in
        let count = try call.operands[0].value.literal?.number.map { _ in try call.wholeNumbers(call.operands[0])[0] }
        return call.graph.unitMatrix(try count ?? call.lengthOfVector())
      },
      ExpressionFunction("ones(3) or ones(x)", takes: .exactly(1)) { call in
        let count = try call.operands[0].value.literal?.number.map { _ in try call.wholeNumbers(call.operands[0])[0] }
        return call.graph.ones(try count ?? call.lengthOfVector())
      },
      unary("trace", aliases: ["tr"]) { ($0.diagonal).sum() },
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

  private static let variance = spread("variance", alias: "var") {
    $0.variance(axes: $1, keepingDimensions: $2, correction: $3)
  }

  private static let standardDeviation = spread("standardDeviation", alias: "std") {
    $0.standardDeviation(axes: $1, keepingDimensions: $2, correction: $3)
  }

  private static func spread(
    _ name: String, alias: String,
    _ record: @escaping @Sendable (_ x: Node, _ axes: [Int]?, _ keepsDimensions: Bool, _ correction: Int) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      "\(name)(x, axis: 0, keepingDimensions: true, correction: 1)", takes: .exactly(1),
      options: [.axis, .keepingDimensions, .correction], aliases: [alias]
    ) {
      record($0.node(0), try $0.axes(), try $0.keepingDimensions(), try $0.wholeNumber(.correction) ?? 0)
    }
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

extension ExpressionFunction {
  /// f′ for a function f of one number, as in `σ′(z)`: element by element, read off the recorded backward pass.
  static func derivative(of name: String) -> ExpressionFunction? {
    guard name.hasSuffix("′"), let function = named(String(name.dropLast())), function.actsOnElements else {
      return nil
    }
    return ExpressionFunction("\(function.name)′(x)", takes: .exactly(1)) { call in
      let operand = call.node(0)
      if operand.error != nil { return operand }
      // A number in place of x has a gradient as an input only.
      let x = call.graph.isVariable(operand.id) ? operand : call.graph.input("x", try operand.value())
      var inner = ExpressionCall(function, in: call.graph, source: call.source, at: call.range)
      try inner.add(
        .init(value: .node(x), label: nil, range: call.operands[0].range, valueRange: call.operands[0].valueRange))
      return try function.record(inner).sum().gradients(withRespectTo: [x])[0]
    }
  }

  /// Whether it is one of a single number, applied to each.
  private var actsOnElements: Bool {
    operands == .exactly(1)
      && (Self.elementwise.contains { $0.name == name }
        || ["σ", "tan", "gelu", "silu", "leakyReLU", "elu"].contains(name))
  }
}

extension Node {
  /// A vector on the diagonal of a matrix, or the diagonal of a matrix as a vector.
  var diagonal: Node {
    guard shape.rank == 1 && shape[0] > 0 || shape.rank == 2 && shape[0] == shape[1] && shape[0] > 0 else {
      return graph.failed(
        ChainRuleError(.shape, in: "diag", required: "a vector or a square matrix", got: "shape \(shape)"))
    }
    let identity = graph.unitMatrix(shape[0])
    return shape.rank == 1 ? reshaped(to: [shape[0], 1]) * identity : (self * identity).sum(axes: [1])
  }
}

extension Graph {
  /// The matrix with 1 on its diagonal and 0 elsewhere.
  fileprivate func unitMatrix(_ count: Int) -> Node {
    guard (1...4096).contains(count) else {
      return failed(
        ChainRuleError(.shape, in: "identity", required: "1 to 4096 rows", got: "\(count)"))
    }
    var ones = [Double](repeating: 0, count: count * count)
    for index in 0..<count { ones[index * (count + 1)] = 1 }
    return constant(Tensor(shape: [count, count], ones))
  }
}

extension Graph {
  /// The vector of so many ones.
  fileprivate func ones(_ count: Int) -> Node {
    guard (1...1_000_000).contains(count) else {
      return failed(ChainRuleError(.shape, in: "ones", required: "1 to 1000000 elements", got: "\(count)"))
    }
    return constant(Tensor(shape: [count], repeating: 1))
  }
}

extension ExpressionCall {
  /// How many elements the only operand, a vector, has.
  fileprivate func lengthOfVector() throws -> Int {
    let shape = node(0).shape
    guard shape.rank == 1 else { throw wrong("\(function.name) takes a whole number or a vector, not shape \(shape)") }
    return shape[0]
  }
}
