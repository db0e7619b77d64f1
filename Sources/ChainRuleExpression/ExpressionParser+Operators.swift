/// Operators that wait for their values, and those that are not written.
extension ExpressionParser {
  /// `2x`, `)x`, `ᵀx`, `Wx` after it was split: two values with nothing between them.
  mutating func productWithoutSign(before token: ExpressionToken) throws -> Bool? {
    guard position > 0 else { return nil }
    let before = tokens[position - 1]
    guard before.range.upperBound == token.range.lowerBound, before.range.count > 0 else { return nil }
    switch (before.kind, token.kind) {
    case (.name(let name), .symbol(.open)) where isValue(name): break
    case (.number, .name), (.number, .symbol(.open)), (.name, .name),
      (.symbol(.close), .name), (.symbol(.close), .symbol(.open)),
      (.symbol(.transposition), .name), (.symbol(.transposition), .symbol(.open)),
      (.symbol(.inversion), .name), (.symbol(.inversion), .symbol(.open)):
      break
    default: return nil
    }
    let binary = Expression.Operator.juxtaposed
    reduce(to: binary.precedence)
    if case .binary(.divide) = pending.last?.kind {
      throw error("what is divided by is not clear; write parentheses, 1/(2x) or (1/2)x", at: token.range)
    }
    pending.append(Pending(kind: .binary(binary), range: token.range))
    return true
  }

  /// Belongs to the value before it, before any operator that waits for that value.
  mutating func apply(_ sign: ExpressionToken.Symbol, _ token: ExpressionToken) {
    guard let operand = operands.popLast() else { return }
    let argument = Expression.Argument(label: nil, piece: operand.piece, range: operand.extent)
    push(.call(sign.rawValue, [argument]), operand.extent.lowerBound..<token.range.upperBound)
  }

  mutating func reduce(to precedence: Int) {
    while let top = pending.last, let own = top.precedence, own >= precedence, let right = operands.popLast() {
      switch top.kind {
      case .binary(let binary):
        guard let left = operands.popLast() else { return }
        push(.binary(binary, left.piece, right.piece), left.extent.lowerBound..<right.extent.upperBound)
      case .negation:
        let range = top.range.lowerBound..<right.extent.upperBound
        if case .number(let number) = pieces[right.piece].kind, right.piece == pieces.count - 1 {
          pieces.removeLast()
          push(.number(-number), range)
        } else {
          push(.negated(right.piece), range)
        }
      case .group, .list, .call, .element: return  // an open bracket has no precedence
      }
      pending.removeLast()
    }
  }

  /// `x.sum(axis: 0)` is `sum(x, axis: 0)`.
  mutating func method(_ token: ExpressionToken) throws -> Bool {
    guard case .name(let name) = tokens[position + 1].kind, tokens[position + 2].kind == .symbol(.open),
      let operand = operands.popLast()
    else { throw error("after a '.' stands a function, as in x.sum(axis: 0)", at: token.range) }
    position += 3
    var call = Pending(kind: .call(name), range: operand.extent.lowerBound..<tokens[position - 1].range.upperBound)
    call.arguments = [.init(label: nil, piece: operand.piece, range: operand.extent)]
    pending.append(call)
    return true
  }
}
