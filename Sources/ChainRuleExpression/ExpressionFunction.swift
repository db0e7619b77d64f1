import ChainRuleCore

/// A function of the expression language: what it is called, how it is written, and the nodes it records.
public struct ExpressionFunction: Sendable {
  public let name: String
  /// How it is written, for help and messages: `sum(x, axis: 0, keepingDimensions: true)`.
  public let form: String
  /// How many arguments stand without a label.
  let operands: ClosedRange<Int>
  /// The labels it accepts.
  let options: [String]
  /// What others call it.
  var aliases: [String] = []
  let record: @Sendable (ExpressionCall) throws -> Node

  /// Every function, in the order of the help text.
  public static let all: [ExpressionFunction] = elementwise + composed + reductions + arrangements + windows

  /// Finds a function by name or alias; capitals and `_` do not count.
  static func named(_ name: String) -> ExpressionFunction? { byName[plain(name)] }

  private static let byName: [String: ExpressionFunction] = {
    var table: [String: ExpressionFunction] = [:]
    for function in all {
      for name in [function.name] + function.aliases { table[plain(name)] = function }
    }
    for (alias, name) in aliases { table[alias] = table[plain(name)] }
    return table
  }()

  /// What other frameworks call the same function.
  private static let aliases = [
    "swish": "silu", "lrelu": "leakyReLU", "clip": "clamp", "prod": "product",
    "var": "variance", "average": "mean", "cumsum": "cumulativeSum", "concat": "concatenate", "cat": "concatenate",
    "reshape": "reshaped", "transpose": "transposed", "permute": "transposed", "broadcastto": "broadcast",
    "take": "gathered", "gather": "gathered", "takealong": "gatheredAlong", "flip": "flipped", "tile": "tiled",
    "pad": "padded", "power": "pow", "dot": "matmul", "detach": "stoppingGradient",
    "stopgradient": "stoppingGradient", "conv2d": "convolution2d", "averagepool2d": "avgPool2d",
  ]

  /// One operand, no options.
  static func unary(_ name: String, _ function: @escaping @Sendable (Node) -> Node) -> ExpressionFunction {
    ExpressionFunction(name: name, form: "\(name)(x)", operands: 1...1, options: []) { function($0.node(0)) }
  }

  /// Two operands, no options.
  static func binary(_ name: String, _ function: @escaping @Sendable (Node, Node) -> Node) -> ExpressionFunction {
    ExpressionFunction(name: name, form: "\(name)(a, b)", operands: 2...2, options: []) {
      function($0.node(0), $0.node(1))
    }
  }
}

/// A function with the values of its arguments, as a table entry sees it.
struct ExpressionCall {
  let graph: Graph
  /// What stands without a label.
  var operands: [ExpressionValue] = []
  /// What stands with one, by the label's plain spelling.
  var options: [String: ExpressionValue] = [:]
  /// An error under an operand or option.
  let wrong: (_ message: String) -> ExpressionError

  func node(_ index: Int) -> Node { operands[index].node(in: graph) }
  var nodes: [Node] { operands.map { $0.node(in: graph) } }

  /// The axes of a reduction: `axis: 0`, `axes: [0, -1]`; nil for all.
  func axes() throws -> [Int]? {
    guard let value = options["axis"] ?? options["axes"] else { return nil }
    return try integers(value, "the axes")
  }

  /// A single axis, or what to use when none is given.
  func axis(_ standard: Int) throws -> Int {
    let axes = try axes() ?? [standard]
    guard axes.count == 1 else { throw wrong("one axis is needed here, not \(axes.count)") }
    return axes[0]
  }

  var keepingDimensions: Bool {
    let value = options["keepingdimensions"] ?? options["keepdims"] ?? options["keepdim"]
    return value?.literal?.number.map { $0 != 0 } ?? false
  }

  /// An option that is a number.
  func number(_ label: String) throws -> Double? {
    guard let value = options[label] else { return nil }
    guard let number = value.literal?.number else { throw wrong("\(label): takes a number") }
    return number
  }

  /// An option that is a list of whole numbers.
  func integers(_ label: String) throws -> [Int]? {
    try options[label].map { try integers($0, "\(label):") }
  }

  /// Whole numbers such as a shape: `[2, 3]` or `2`.
  func integers(_ value: ExpressionValue, _ what: String) throws -> [Int] {
    guard let literal = value.literal, literal.shape.count <= 1 else {
      throw wrong("\(what) must be written as whole numbers, such as 0 or [0, 1]")
    }
    return try literal.scalars.map { scalar in
      guard let whole = Int32(exactly: scalar) else { throw wrong("\(what) must be whole numbers, not \(scalar)") }
      return Int(whole)
    }
  }
}

/// What a piece is worth while an expression is recorded: plain numbers stay numbers until they meet a node.
enum ExpressionValue {
  case literal(ExpressionLiteral)
  case node(Node)

  var literal: ExpressionLiteral? { if case .literal(let literal) = self { literal } else { nil } }

  func node(in graph: Graph) -> Node {
    switch self {
    case .node(let node): node
    case .literal(let literal):
      literal.number.map { graph.constant($0) } ?? graph.constant(Tensor(shape: Shape(literal.shape), literal.scalars))
    }
  }
}
