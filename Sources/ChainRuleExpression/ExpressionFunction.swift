import ChainRuleCore

/// A function of the expression language: what it is called, how it is written, and the nodes it records.
public struct ExpressionFunction: Sendable {
  /// The name that it goes by in help and messages, `logSoftmax`.
  public let name: String
  /// How it is written, on one line, for help and messages: `sum(x, axis: 0, keepingDimensions: true)`.
  public let form: String
  /// How many arguments stand without a label.
  package let operands: ArgumentCount
  package let options: [ExpressionOption]
  /// What other frameworks call it.
  package let aliases: [String]
  /// Whether its second argument holds positions, which are whole numbers, rather than values.
  package let readsPositions: Bool
  /// Whether its first argument is a text in quotes.
  package let readsText: Bool
  let record: @Sendable (ExpressionCall) throws -> Node

  init(
    _ form: String, takes operands: ArgumentCount, options: [ExpressionOption] = [], aliases: [String] = [],
    readsPositions: Bool = false, readsText: Bool = false,
    record: @escaping @Sendable (ExpressionCall) throws -> Node
  ) {
    name = String(form.prefix { $0 != "(" })
    self.form = form
    self.operands = operands
    self.options = options
    self.aliases = aliases
    self.readsPositions = readsPositions
    self.readsText = readsText
    self.record = record
  }

  /// Every function, in the order of the help text.
  public static let all: [ExpressionFunction] =
    elementwise + reductions + arrangements + windows + composed
    + linearAlgebra + order + random

  /// The forms of all functions, one to a line, each after `indent`: what a help text lists.
  public static func help(indent: String = "  ") -> String {
    all.map { indent + $0.form }.joined(separator: "\n")
  }

  /// Finds a function by name or alias; capitals and `_` do not count.
  static func named(_ name: String) -> ExpressionFunction? { byName[plain(name)] ?? derivative(of: name) }

  private static let byName: [String: ExpressionFunction] = {
    var table: [String: ExpressionFunction] = [:]
    for function in all + signs {
      for name in [function.name] + function.aliases { table[plain(name)] = function }
    }
    return table
  }()

  /// What lectures write for functions above.
  private static let signs = [unary("σ") { sigmoid($0) }, unary("ᵀ") { $0.asTransposed }, unary("⁻¹") { $0.asInverse }]

  /// One operand, no options.
  static func unary(
    _ name: String, aliases: [String] = [], _ function: @escaping @Sendable (Node) -> Node
  ) -> ExpressionFunction {
    ExpressionFunction("\(name)(x)", takes: .exactly(1), aliases: aliases) { function($0.node(0)) }
  }
}
