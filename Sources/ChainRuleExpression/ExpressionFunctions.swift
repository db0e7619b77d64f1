import ChainRuleCore
import ChainRuleMathematics

// The primitives as functions of the expression language: names and aliases are those of their descriptors, and each
// records what its namesake on `Node` records. What is composed of primitives stands in ExpressionFunctions+Composed.
extension ExpressionFunction {
  /// The elementwise primitives, as their descriptors name them.
  static let elementwise: [ExpressionFunction] = PrimitiveTable.descriptors.compactMap { opcode, descriptor in
    guard let name = descriptor.call else { return nil }
    let operands = opcode.arity == 1 ? ["x"] : ["condition", "a", "b"].suffix(opcode.arity)
    return ExpressionFunction(
      "\(name)(\(operands.joined(separator: ", ")))", takes: .exactly(opcode.arity), aliases: descriptor.aliases,
      record: special[opcode] ?? { $0.graph.record(opcode, $0.nodes) })
  }

  /// What records a primitive that looks at what its operands are.
  private static let special: [Opcode: @Sendable (ExpressionCall) throws -> Node] = [
    .pow: { call in
      if let exponent = call.operands[1].value.literal?.number { return pow(call.node(0), exponent) }
      return pow(call.node(0), call.node(1))
    }
  ]

  /// A primitive that is made with more than its operands, under the names of its descriptor; `form` is what follows the
  /// name.
  private static func primitive(
    _ call: String, _ form: String, takes operands: ArgumentCount, options: [ExpressionOption] = [],
    readsPositions: Bool = false, record: @escaping @Sendable (ExpressionCall) throws -> Node
  ) -> ExpressionFunction {
    ExpressionFunction(
      call + form, takes: operands, options: options, aliases: PrimitiveFamilies.called[call]?.aliases ?? [],
      readsPositions: readsPositions, record: record)
  }

  private static func reduction(
    _ call: String, _ function: @escaping @Sendable (Node, [Int]?, Bool) -> Node
  ) -> ExpressionFunction {
    primitive(
      call, "(x, axis: 0, keepingDimensions: true)", takes: .exactly(1), options: [.axis, .keepingDimensions]
    ) { function($0.node(0), try $0.axes(), try $0.keepingDimensions()) }
  }

  /// A primitive along one axis, the last unless another is given.
  private static func alongAxis(
    _ call: String, _ function: @escaping @Sendable (Node, Int) -> Node
  ) -> ExpressionFunction {
    primitive(call, "(x, axis: -1)", takes: .exactly(1), options: [.axis]) { function($0.node(0), try $0.axis(-1)) }
  }

  static let reductions: [ExpressionFunction] = [
    reduction("sum") { $0.sum(axes: $1, keepingDimensions: $2) },
    reduction("logSumExp") { logSumExp($0, axes: $1, keepingDimensions: $2) },
    alongAxis("softmax") { softmax($0, axis: $1) },
    alongAxis("argmax") { $0.argmax(axis: $1) },
    alongAxis("cumulativeSum") { $0.cumulativeSum(axis: $1) },
  ]

  private static let paddingModes: [(name: String, mode: PaddingMode)] = [
    ("constant", .constant), ("edge", .edge), ("reflect", .reflect), ("symmetric", .symmetric), ("wrap", .wrap),
  ]

  static let arrangements: [ExpressionFunction] = [
    primitive("matmul", "(a, b) or a @ b", takes: .exactly(2)) { $0.node(0).matmul($0.node(1)) },
    primitive("reshaped", "(x, [2, 3]) or reshaped(x, to: [2, 3])", takes: .between(1, 2), options: [.shape]) {
      $0.node(0).reshaped(to: Shape(try $0.layout(.shape)))
    },
    primitive("broadcast", "(x, [2, 3]) or broadcast(x, to: [2, 3])", takes: .between(1, 2), options: [.shape]) {
      $0.node(0).broadcast(to: Shape(try $0.layout(.shape)))
    },
    primitive("transposed", "(x) or transposed(x, axes: [1, 0])", takes: .between(1, 2), options: [.order]) {
      $0.node(0).transposed(try $0.argument(1, or: .order).map($0.wholeNumbers))
    },
    primitive("flipped", "(x, axis: 0)", takes: .exactly(1), options: [.axis]) {
      $0.node(0).flipped(axes: try $0.axes())
    },
    primitive(
      "padded", "(x, before: [1, 0], after: [0, 1], value: 0) or padded(x, before: 1, after: 1, mode: reflect)",
      takes: .exactly(1), options: [.before, .after, .value, .mode]
    ) { call in
      let x = call.node(0), rank = x.error == nil ? x.shape.rank : 0, none = [Int](repeating: 0, count: rank)
      let before = try call.wholeNumbers(.before, forEachOf: rank) ?? none
      let after = try call.wholeNumbers(.after, forEachOf: rank) ?? none
      let mode = try call.word(.mode, of: paddingModes.map(\.name)) ?? "constant"
      guard mode != "constant", let border = paddingModes.first(where: { $0.name == mode })?.mode else {
        return x.padded(before: before, after: after, value: try call.number(.value) ?? 0)
      }
      if let value = call[.value] { throw call.wrong("a value goes with mode: constant, not with \(mode)", at: value) }
      return x.padded(before: before, after: after, mode: border)
    },
    primitive("concatenate", "(a, b, axis: 0)", takes: .atLeast(2), options: [.axis]) {
      concatenate($0.nodes, axis: try $0.axis(0))
    },
    primitive(
      "gathered", "(x, [0, 2], axis: 0) or gathered(x, at: [0, 2])", takes: .between(1, 2),
      options: [.positions, .axis], readsPositions: true
    ) { $0.node(0).gathered(at: try $0.positions(), axis: try $0.axis(0)) },
    primitive(
      "gatheredAlong", "(x, [[0], [2]], axis: 1) or gatheredAlong(x, at: [[0], [2]])", takes: .between(1, 2),
      options: [.positions, .axis], readsPositions: true
    ) { $0.node(0).gatheredAlong(axis: try $0.axis(-1), at: try $0.positions()) },
    primitive("stoppingGradient", "(x)", takes: .exactly(1)) { $0.node(0).stoppingGradient() },
  ]

  /// The largest or the mean of every window of an image.
  private static func pooling(
    _ call: String, _ pool: @escaping @Sendable (Node, [Int], [Int]?, [Int]) -> Node
  ) -> ExpressionFunction {
    primitive(
      call, "(x, window: 2, stride: 2, padding: 0)", takes: .exactly(1), options: [.window, .stride, .padding]
    ) {
      pool(
        $0.node(0), try $0.wholeNumbers(.window) ?? [2], try $0.wholeNumbers(.stride),
        try $0.wholeNumbers(.padding) ?? [0])
    }
  }

  static let windows: [ExpressionFunction] = [
    primitive(
      "convolution2d", "(x, w, b, stride: 1, padding: 0, dilation: 1, groups: 1)", takes: .between(2, 3),
      options: [.stride, .padding, .dilation, .groups]
    ) {
      convolution2d(
        $0.node(0), weight: $0.node(1), bias: $0.operands.count > 2 ? $0.node(2) : nil,
        stride: try $0.wholeNumbers(.stride) ?? [1], padding: try $0.wholeNumbers(.padding) ?? [0],
        dilation: try $0.wholeNumbers(.dilation) ?? [1], groups: try $0.wholeNumber(.groups) ?? 1)
    },
    pooling("maxPool2d") { maxPool2d($0, window: $1, stride: $2, padding: $3) },
    pooling("avgPool2d") { avgPool2d($0, window: $1, stride: $2, padding: $3) },
  ]
}
