import ChainRuleCore

extension [ExpressionToken] {
  /// Words that are no name of their own but made of `names` become those names, side by side.
  func split(into names: Set<String>) -> [ExpressionToken] {
    if names.isEmpty { return self }
    let assigned = Set(
      zip(self, dropFirst()).compactMap { word, next in
        if case .name(let name) = word.kind, next.kind == .symbol(.assign) { name } else { nil }
      })
    let known = names.union(assigned)
    return zip(indices, self).flatMap { index, token in
      let isCall = index + 1 < count && self[index + 1].kind == .symbol(.open)
      guard case .name(let word) = token.kind, !known.contains(word), !isCall || ExpressionFunction.named(word) == nil,
        Expression.constants[plain(word)] == nil, let parts = parts(of: Substring(word), among: known)
      else { return [token] }
      var start = token.range.lowerBound
      return parts.map { part in
        defer { start += part.utf8.count }
        return ExpressionToken(kind: .name(part), range: start..<start + part.utf8.count)
      }
    }
  }
}

/// The names that make up a word; nothing where no names do, or where two choices of names do.
func parts(of word: Substring, among names: Set<String>) -> [String]? {
  var ways: [[[String]]] = [[[]]]
  let characters = Array(word)
  guard characters.count <= 12 else { return nil }
  for end in 1...characters.count {
    var found: [[String]] = []
    for start in 0..<end where names.contains(String(characters[start..<end])) {
      found += ways[start].map { $0 + [String(characters[start..<end])] }
    }
    ways.append(Array(found.prefix(2)))
  }
  return ways[characters.count].count == 1 ? ways[characters.count][0] : nil
}

extension Expression {
  /// Euler's number: what `e` stands for below an exponent, where it is no name of a value.
  static let e = 2.718281828459045
}

extension Node {
  /// Rows become columns; a vector becomes a row.
  var asTransposed: Node {
    switch shape.rank {
    case 0: self
    case 1: reshaped(to: [1, shape[0]])
    default: transposed()
    }
  }

  /// The product that lectures write without a sign: with a number, of matrices, of a column and a row.
  func juxtaposed(with other: Node) -> Node {
    if error != nil || other.error != nil || shape.rank == 0 || other.shape.rank == 0 { return self * other }
    if shape.rank == 1, other.shape.rank == 2, other.shape[0] == 1 {
      return reshaped(to: [shape[0], 1]).matmul(other)
    }
    if shape.rank == 1, other.shape.rank == 1 {
      return graph.failed(
        ChainRuleError(
          .shape, in: "a product without a sign", required: "a number, a matrix or a row xᵀ on one side",
          got: "two vectors \(shape) and \(other.shape)",
          hint: "Write x ⊙ y for products of elements, xᵀy or xyᵀ."))
    }
    let product = matmul(other)
    return shape.rank == 2 && shape[0] == 1 && other.shape.rank == 1 && product.error == nil
      ? product.reshaped(to: .scalar) : product
  }
}
