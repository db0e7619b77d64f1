import ChainRuleCore

/// What brackets hold: the items of a list, the arguments of a function, the parts of a subscript.
extension ExpressionParser {
  /// The closing signs that may follow an opening one, a comma or a colon at once: `f()`, `[1, 2,]`, `x[1:]`, `x[:, 0]`.
  mutating func closeAfterOpening(_ symbol: ExpressionToken.Symbol, _ token: ExpressionToken) throws -> Bool? {
    guard let top = pending.last else { return nil }
    switch (symbol, top.kind) {
    case (.close, .call) where top.label == nil, (.closeList, .list):
      try close(token, symbol, emptyLast: true)
      return false
    case (.closeList, .element) where !top.bounds.isEmpty:
      try close(token, symbol, emptyLast: true)
      return false
    case (.comma, .element) where !top.bounds.isEmpty:
      finishSubscript(last: nil)
      return true
    default:
      return nil
    }
  }

  mutating func comma(_ token: ExpressionToken) throws -> Bool {
    guard let top = pending.last else {
      throw error("a comma stands between the arguments of a function or in a list [1, 2]", at: token.range)
    }
    switch top.kind {
    case .call: try finishArgument()
    case .list: try finishItem()
    case .element: finishSubscript(last: operands.popLast()?.piece)
    case .group, .binary, .negation:
      throw error("a comma cannot stand in parentheses; a list is written [1, 2]", at: token.range)
    }
    return true
  }

  mutating func close(_ token: ExpressionToken, _ symbol: ExpressionToken.Symbol, emptyLast: Bool) throws {
    guard let top = pending.last else {
      throw error("this '\(symbol.rawValue)' closes nothing", at: token.range)
    }
    let whole = top.range.lowerBound..<token.range.upperBound
    switch (top.kind, symbol) {
    case (.group, .close):
      pending.removeLast()
      if let inner = operands.popLast() { operands.append(Operand(piece: inner.piece, extent: whole)) }
    case (.list, .closeList):
      if !emptyLast { try finishItem() }
      push(.list(pending.removeLast().items), whole)
    case (.call(let name), .close):
      if !emptyLast { try finishArgument() }
      push(.call(name, pending.removeLast().arguments), whole)
    case (.element(let operand), .closeList):
      finishSubscript(last: emptyLast ? nil : operands.popLast()?.piece)
      push(
        .element(operand.piece, pending.removeLast().subscripts), operand.extent.lowerBound..<token.range.upperBound)
    default:
      throw error("this '\(symbol.rawValue)' does not match \(text(top.range)), which is still open", at: token.range)
    }
  }

  mutating func finishItem() throws {
    guard let item = operands.popLast() else { throw missingValue(before: next) }
    pending[pending.count - 1].items.append(item.piece)
  }

  mutating func finishArgument() throws {
    guard let value = operands.popLast() else { throw missingValue(before: next) }
    let top = pending.count - 1
    let label = pending[top].label
    pending[top].label = nil
    let start = label?.range.lowerBound ?? value.extent.lowerBound
    pending[top].arguments.append(
      .init(label: label?.name, piece: value.piece, range: start..<value.extent.upperBound))
  }

  // MARK: Texts, and the rest of the axes

  /// A text is a whole argument of a function.
  mutating func readText(_ text: String, _ token: ExpressionToken) throws -> Bool {
    guard case .call = pending.last?.kind, endsArgument(next) else {
      throw error("a text in quotes is an argument of its own, as in einsum(\"ij,jk->ik\", A, B)", at: token.range)
    }
    push(.text(text), token.range)
    return false
  }

  /// Whether the argument that begins is a word of an option: `mode: reflect`.
  var takesWord: Bool {
    guard case .call = pending.last?.kind, let label = pending.last?.label?.name else { return false }
    return ExpressionOption.takingWords.contains { $0.isCalled(label) }
  }

  func endsArgument(_ token: ExpressionToken) -> Bool { [.symbol(.comma), .symbol(.close)].contains(token.kind) }

  static let restAlone = "'...' stands alone between the commas of a subscript, once, as in x[..., 0]"

  /// `...` in a subscript stands between commas.
  mutating func readRest(_ token: ExpressionToken) throws -> Bool {
    let top = pending.count - 1
    guard case .element = pending.last?.kind, pending[top].bounds.isEmpty, !pending[top].subscripts.contains(.rest),
      next.kind == .symbol(.comma) || next.kind == .symbol(.closeList)
    else { throw error(Self.restAlone, at: token.range) }
    pending[top].subscripts.append(.rest)
    let after = next
    advance()
    if after.kind == .symbol(.comma) { return true }
    try close(after, .closeList, emptyLast: true)
    return false
  }

  /// A subscript belongs to the value before it, before any operator that waits for that value.
  mutating func openSubscript(_ token: ExpressionToken) throws {
    guard let operand = operands.popLast() else { throw missingValue(before: token) }
    pending.append(Pending(kind: .element(of: operand), range: token.range))
  }

  /// The value before a colon is a bound of a slice.
  mutating func bound(before token: ExpressionToken) throws -> Bool {
    guard case .element = pending.last?.kind else {
      throw error("':' stands before the value of an option, sum(x, axis: 0), or in a slice, x[1:3]", at: token.range)
    }
    return try colon(token, after: operands.popLast()?.piece)
  }

  mutating func colon(_ token: ExpressionToken, after bound: Int?) throws -> Bool {
    let top = pending.count - 1
    pending[top].bounds.append(bound)
    if pending[top].bounds.count > 2 {
      throw error("a slice has at most a start, a stop and a step, x[0:9:2]", at: token.range)
    }
    return true
  }

  mutating func finishSubscript(last: Int?) {
    let top = pending.count - 1
    let bounds = pending[top].bounds
    pending[top].bounds = []
    if bounds.isEmpty {
      if let last { pending[top].subscripts.append(.index(last)) }
    } else {
      let stop = bounds.count > 1 ? bounds[1] : last
      pending[top].subscripts.append(.slice(start: bounds[0], stop: stop, step: bounds.count > 1 ? last : nil))
    }
  }
}
