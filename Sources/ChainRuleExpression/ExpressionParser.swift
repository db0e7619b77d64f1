import ChainRuleCore

/// Turns words into pieces, with a stack of its own in place of recursion (Dijkstra's shunting yard): operators
/// and open brackets wait in `pending` until what follows them is complete.
struct ExpressionParser {
  let source: String
  let tokens: [ExpressionToken]
  var pieces: [Expression.Piece] = []
  private(set) var inputs: [String] = []

  var position = 0
  var operands: [Operand] = []
  var pending: [Pending] = []
  private var assigned: [String: Int] = [:]
  private var seen: Set<String> = []

  /// A finished piece with the text it covers, enclosing parentheses included.
  struct Operand {
    let piece: Int
    let extent: Range<Int>
  }

  struct Pending {
    enum Kind {
      case binary(Expression.Operator)
      case negation
      case group
      case list
      case call(String)
      case element(of: Operand)
    }
    let kind: Kind
    let range: Range<Int>
    /// What is complete between this bracket and its comma, label or colon.
    var items: [Int] = []
    var arguments: [Expression.Argument] = []
    var label: (name: String, range: Range<Int>)?
    var subscripts: [Expression.Subscript] = []
    var bounds: [Int?] = []

    var precedence: Int? {
      switch kind {
      case .binary(let binary): binary.precedence
      case .negation: Expression.Operator.negationPrecedence
      case .group, .list, .call, .element: nil
      }
    }
  }

  /// Names that stand for values and so call nothing.
  private let values: Set<String>

  init(source: String, tokens: [ExpressionToken], values: Set<String> = []) {
    self.source = source
    self.tokens = tokens
    self.values = values
  }

  /// Reads every statement and returns the piece of the last one.
  mutating func parse() throws -> Int {
    var result: Int?
    var unnamed: Range<Int>?
    while true {
      while [.newline, .symbol(.semicolon)].contains(next.kind) { position += 1 }
      if next.kind == .end { break }
      if let unnamed {
        throw error(
          "only the last expression stands without a name; give this one a name (a = …;) or leave it out", at: unnamed)
      }
      let start = next.range.lowerBound
      if case .name(let name) = next.kind, tokens[position + 1].kind == .symbol(.assign) {
        let range = next.range
        position += 2
        skipNewlines()
        let value = try expression()
        let piece = add(.assignment(name, value), range.lowerBound..<pieces[value].range.upperBound)
        assigned[name] = piece
        result = piece
      } else {
        result = try expression()
        unnamed = start..<tokens[position - 1].range.upperBound
      }
    }
    guard let result else {
      throw error("the expression is empty; write for instance (x + y) * z", at: next.range)
    }
    return result
  }

  // MARK: One expression

  private mutating func expression() throws -> Int {
    var wantsOperand = true
    while true {
      if wantsOperand {
        wantsOperand = try readOperand()
      } else if let more = try readOperator() {
        wantsOperand = more
      } else {
        break
      }
    }
    reduce(to: 0)
    if let open = pending.last {
      throw error("this \(text(open.range)) is never closed", at: open.range)
    }
    guard let operand = operands.popLast() else { throw error("an expression is missing here", at: next.range) }
    return operand.piece
  }

  /// Reads what can stand where a value is wanted; returns whether a value is still wanted afterwards.
  private mutating func readOperand() throws -> Bool {
    if pending.last.map({ $0.precedence == nil }) == true { skipNewlines() }
    let token = next
    position += 1
    switch token.kind {
    case .number(let number):
      push(.number(number), token.range)
      return false
    case .name(let name):
      return try readName(name, token)
    case .text(let text):
      return try readText(text, token)
    case .symbol(.ellipsis):
      return try readRest(token)
    case .symbol(.minus):
      pending.append(Pending(kind: .negation, range: token.range))
      return true
    case .symbol(.plus):
      return true
    case .symbol(.open):
      pending.append(Pending(kind: .group, range: token.range))
      return true
    case .symbol(.openList):
      pending.append(Pending(kind: .list, range: token.range))
      return true
    case .symbol(.colon):
      if case .element = pending.last?.kind { return try colon(token, after: nil) }
      throw error("a value is missing before ':'", at: token.range)
    case .symbol(let symbol):
      if let more = try closeAfterOpening(symbol, token) { return more }
      throw missingValue(before: token)
    case .newline where pending.isEmpty == false:
      return true
    case .newline, .end:
      position -= 1
      throw missingValue(before: token)
    }
  }

  /// A name of a value; an assigned one only where no function is called so.
  func isValue(_ name: String) -> Bool {
    values.contains(name) || assigned[name] != nil && ExpressionFunction.named(name) == nil
  }

  private mutating func readName(_ name: String, _ token: ExpressionToken) throws -> Bool {
    if next.kind == .symbol(.open), !isValue(name) {
      pending.append(Pending(kind: .call(name), range: token.range.lowerBound..<next.range.upperBound))
      position += 1
      return true
    }
    if case .call = pending.last?.kind, pending.last?.label == nil,
      [.symbol(.colon), .symbol(.assign)].contains(next.kind)
    {
      position += 1
      pending[pending.count - 1].label = (name, token.range)
      return true
    }
    if takesWord, endsArgument(next) {
      push(.text(name), token.range)
    } else if let piece = assigned[name] {
      push(.reference(name, piece), token.range)
    } else {
      if name == "e", next.kind == .symbol(.power) {
        // Euler's number, unless a value of that name is given.
      } else if seen.insert(name).inserted, Expression.constants[plain(name)] == nil {
        inputs.append(name)
      }
      push(.input(name), token.range)
    }
    return false
  }

  /// Reads what can stand after a value; returns whether a value is wanted next, or nil at the end of the statement.
  private mutating func readOperator() throws -> Bool? {
    let newlines = position
    skipNewlines()
    let token = next
    if let binary = try productWithoutSign(before: token) { return binary }
    guard case .symbol(let symbol) = token.kind else {
      if token.kind == .end || (position > newlines && !hasOpenBracket) { return nil }
      throw missingOperator(before: token)
    }
    if let binary = Expression.Operator(symbol) {
      position += 1
      reduce(to: symbol == .power ? binary.precedence + 1 : binary.precedence)
      pending.append(Pending(kind: .binary(binary), range: token.range))
      return true
    }
    switch symbol {
    case .transposition, .inversion:
      position += 1
      apply(symbol, token)
      return false
    case .semicolon where !hasOpenBracket:
      return nil
    case .open where position > newlines && !hasOpenBracket:
      return nil
    case .openList where position > newlines && !hasOpenBracket:
      return nil
    case .openList:
      position += 1
      try openSubscript(token)
      return true
    case .ellipsis:
      throw error(Self.restAlone, at: token.range)
    case .dot:
      return try method(token)
    case .comma:
      position += 1
      reduce(to: 0)
      return try comma(token)
    case .colon:
      position += 1
      reduce(to: 0)
      return try bound(before: token)
    case .close, .closeList:
      position += 1
      reduce(to: 0)
      try close(token, symbol, emptyLast: false)
      return false
    case .assign:
      throw error("'=' assigns to a single name at the start of a statement; to compare, write ==", at: token.range)
    default:
      throw missingOperator(before: token)
    }
  }

  // MARK: Small helpers

  var next: ExpressionToken { tokens[Swift.min(position, tokens.count - 1)] }

  mutating func advance() { position += 1 }

  private var hasOpenBracket: Bool { pending.contains { $0.precedence == nil } }

  private mutating func skipNewlines() {
    while next.kind == .newline { position += 1 }
  }

  private mutating func add(_ kind: Expression.Kind, _ range: Range<Int>) -> Int {
    pieces.append(Expression.Piece(kind: kind, range: range))
    return pieces.count - 1
  }

  mutating func push(_ kind: Expression.Kind, _ range: Range<Int>) {
    operands.append(Operand(piece: add(kind, range), extent: range))
  }

  func text(_ range: Range<Int>) -> String {
    "'" + String(decoding: Array(source.utf8)[range], as: UTF8.self) + "'"
  }

  func error(_ message: String, at range: Range<Int>) -> ExpressionError {
    ExpressionError(message, in: source, at: range)
  }

  func missingValue(before token: ExpressionToken) -> ExpressionError {
    if token.kind == .end || token.kind == .newline {
      guard position > 0, tokens[position - 1].kind != .newline else {
        return error("a value is missing here", at: token.range.lowerBound..<token.range.lowerBound)
      }
      let before = tokens[position - 1].range
      return error("the expression ends after \(text(before)); a value is missing", at: before)
    }
    return error("a number, a name or '(' is needed here, not \(text(token.range))", at: token.range)
  }

  private func missingOperator(before token: ExpressionToken) -> ExpressionError {
    let comma =
      switch pending.last(where: { $0.precedence == nil })?.kind {
      case .list, .call, .element: "a comma or "
      case .group, .binary, .negation, nil: ""
      }
    return error("\(comma)an operator is missing before \(text(token.range)); to multiply, write *", at: token.range)
  }
}
