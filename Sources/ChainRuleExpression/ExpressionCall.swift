import ChainRuleCore

/// A function with the values of its arguments, as its entry in the table sees it.
struct ExpressionCall {
  /// What one argument is worth, and where it stands.
  struct Argument {
    let value: ExpressionValue
    /// The option's name as it was written; nil for an operand.
    let label: String?
    /// Where the argument stands, with its label, and where its value stands.
    let range: Range<Int>
    let valueRange: Range<Int>
  }

  let function: ExpressionFunction
  let graph: Graph
  /// The expression, and where in it the call stands.
  let source: String
  let range: Range<Int>
  private(set) var operands: [Argument] = []
  private var options: [ExpressionOption: Argument] = [:]

  init(_ function: ExpressionFunction, in graph: Graph, source: String, at range: Range<Int>) {
    self.function = function
    self.graph = graph
    self.source = source
    self.range = range
  }

  /// Takes the next argument. Throws where the function has no such option, or has it already.
  mutating func add(_ argument: Argument) throws {
    guard let label = argument.label else {
      if case .text = argument.value, !function.readsText || !operands.isEmpty {
        throw wrong(
          function.readsText
            ? "\(function.name) takes its text first\(written)" : "\(function.name) takes no text in quotes\(written)",
          at: argument)
      }
      operands.append(argument)
      return
    }
    guard let option = function.options.first(where: { $0.isCalled(label) }) else {
      let meant = suggestion(for: label, among: function.options.flatMap(\.names)).map { "; did you mean '\($0)'?" }
      throw wrong("\(function.name) has no option '\(label)'" + (meant ?? written), at: argument)
    }
    if case .text = argument.value, !ExpressionOption.takingWords.contains(option) {
      throw wrong("\(label): takes no text in quotes\(written)", at: argument)
    }
    guard options.updateValue(argument, forKey: option) == nil else {
      throw wrong("\(function.name) has its option '\(option.name)' already", at: argument)
    }
  }

  /// Throws where there are too few operands, or too many.
  func checkCount() throws {
    guard !function.operands.accepts(operands.count) else { return }
    throw wrong("\(function.name) takes \(function.operands.text), not \(operands.count)\(written)")
  }

  /// A mistake in an argument, or in the whole call.
  func wrong(_ message: String, at argument: Argument? = nil) -> ExpressionError {
    ExpressionError(message, in: source, at: argument?.range ?? range)
  }

  /// How the function is written, as the end of a message.
  var written: String { "; it is written \(function.form)" }

  var hasOptions: Bool { !options.isEmpty }

  func node(_ index: Int) -> Node { operands[index].value.node(in: graph) }
  var nodes: [Node] { operands.map { $0.value.node(in: graph) } }

  // MARK: Options

  subscript(option: ExpressionOption) -> Argument? {
    assert(function.options.contains(option), "\(function.name) reads \(option.name), which it does not declare")
    return options[option]
  }

  /// The operand at `index`, or the option that may stand for it. Throws where both are given.
  func argument(_ index: Int, or option: ExpressionOption) throws -> Argument? {
    guard operands.count > index else { return self[option] }
    if let twice = self[option] { throw wrong("\(function.name) has its option '\(option.name)' already", at: twice) }
    return operands[index]
  }

  /// The axes of a reduction: `axis: 0`, `axis: [0, -1]`; nil for all.
  func axes() throws -> [Int]? { try wholeNumbers(.axis) }

  /// A single axis, or what to use when none is given.
  func axis(_ standard: Int) throws -> Int { try wholeNumber(.axis) ?? standard }

  func keepingDimensions() throws -> Bool { try flag(.keepingDimensions) }

  /// An option that is true or false, and false where it is not given.
  func flag(_ option: ExpressionOption) throws -> Bool {
    guard let argument = self[option] else { return false }
    guard let number = argument.value.literal?.number, number == 0 || number == 1 else {
      throw mistyped(argument, "true or false")
    }
    return number == 1
  }

  func number(_ option: ExpressionOption) throws -> Double? { try self[option].map(number) }

  func number(_ argument: Argument) throws -> Double {
    guard let number = argument.value.literal?.number else { throw mistyped(argument, "a number") }
    return number
  }

  func wholeNumber(_ option: ExpressionOption) throws -> Int? {
    guard let argument = self[option] else { return nil }
    let numbers = try wholeNumbers(argument)
    guard numbers.count == 1 else { throw mistyped(argument, "one whole number") }
    return numbers[0]
  }

  func wholeNumbers(_ option: ExpressionOption) throws -> [Int]? { try self[option].map(wholeNumbers) }

  /// Whole numbers for each axis; one number without brackets is that for all of them.
  func wholeNumbers(_ option: ExpressionOption, forEachOf rank: Int) throws -> [Int]? {
    guard let numbers = try wholeNumbers(option) else { return nil }
    return self[option]?.value.literal?.number == nil ? numbers : [Int](repeating: numbers[0], count: rank)
  }

  /// A word of an option that is one of these.
  func word(_ option: ExpressionOption, of words: [String]) throws -> String? {
    guard let argument = self[option] else { return nil }
    guard case .text(let text) = argument.value, let word = words.first(where: { plain($0) == plain(text) }) else {
      throw mistyped(argument, words.dropLast().joined(separator: ", ") + " or " + (words.last ?? ""))
    }
    return word
  }

  /// The text that stands first.
  func text() throws -> String {
    guard case .text(let text) = operands[0].value else {
      throw wrong("\(function.name) takes a text in quotes first\(written)", at: operands[0])
    }
    return text
  }

  /// Operands that are values, from a place on.
  func nodes(from place: Int) -> [Node] { operands.dropFirst(place).map { $0.value.node(in: graph) } }

  /// Whole numbers such as a shape: `[2, 3]` or `2`.
  func wholeNumbers(_ argument: Argument) throws -> [Int] {
    let kind = "whole numbers, such as 0 or [0, 1]"
    guard let literal = argument.value.literal, literal.shape.count <= 1 else { throw mistyped(argument, kind) }
    return try literal.scalars.map { scalar in
      guard let whole = Int32(exactly: scalar) else { throw mistyped(argument, kind) }
      return Int(whole)
    }
  }

  /// Whole numbers that stand as the second operand or as an option.
  func layout(_ option: ExpressionOption) throws -> [Int] {
    guard let argument = try argument(1, or: option) else {
      throw wrong("\(function.name) needs '\(option.name)'\(written)")
    }
    return try wholeNumbers(argument)
  }

  /// Positions to gather at: a list of whole numbers, or a node of indices.
  func positions() throws -> Node {
    guard let argument = try argument(1, or: .positions) else {
      throw wrong("\(function.name) needs the positions\(written)")
    }
    guard let literal = argument.value.literal else { return argument.value.node(in: graph) }
    let positions = try literal.scalars.map { scalar in
      guard let position = Int32(exactly: scalar) else {
        throw mistyped(argument, "positions, which are whole numbers")
      }
      return Int(position)
    }
    return graph.constant(Tensor(indices: positions, shape: Shape(literal.shape)))
  }

  func mistyped(_ argument: Argument, _ wanted: String) -> ExpressionError {
    let text = String(decoding: Array(source.utf8)[argument.valueRange], as: UTF8.self)
    let got = text.count > 40 ? text.prefix(39) + "…" : text
    return wrong("\(argument.label.map { "\($0):" } ?? function.name) takes \(wanted), not \(got)", at: argument)
  }
}

/// What a piece is worth while an expression is recorded: plain numbers stay numbers until they meet a node.
enum ExpressionValue {
  case literal(ExpressionLiteral)
  case node(Node)
  /// A text in quotes or a word of an option; only arguments hold one, and only functions that read texts get it.
  case text(String)

  var literal: ExpressionLiteral? { if case .literal(let literal) = self { literal } else { nil } }

  func node(in graph: Graph) -> Node {
    switch self {
    case .node(let node): node
    case .text(let text):
      graph.failed(ChainRuleError(.value, in: "formula", required: "a value", got: "the text \"\(text)\""))
    case .literal(let literal):
      literal.number.map { graph.constant($0) } ?? graph.constant(Tensor(shape: Shape(literal.shape), literal.scalars))
    }
  }
}
