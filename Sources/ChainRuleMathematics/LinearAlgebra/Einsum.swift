import ChainRuleCore

/// A sum of products of elements, written by the letters of the axes, as NumPy's einsum.
///
/// ```swift
/// let c = einsum("bij,bjk->bik", a, b)        // products of batches of matrices
/// let t = einsum("ii", a)                     // a trace
/// let y = einsum("ij,jk,k->i", a, b, x)       // two products with a vector, not one of two matrices
/// ```
/// A letter of several operands has one length in all of them (or 1, which is repeated); letters that are not behind
/// the arrow are summed over; without an arrow those that occur once remain, in alphabetical order. `...` stands for
/// axes without letters. Operands are multiplied two at a time, in the order that takes the fewest multiplications: all
/// orders are compared for up to six operands, and the cheapest pair is taken first for more.
/// - Returns: a node that carries the mistake where the formula or shapes do not fit.
public func einsum(_ formula: String, _ operands: Node...) -> Node { einsum(formula, operands) }

/// The same for an array of operands.
/// - Returns: a node that carries the mistake where the formula or shapes do not fit.
public func einsum(_ formula: String, _ operands: [Node]) -> Node {
  guard let graph = operands.first?.graph else {
    return Graph().failed(ChainRuleError(.value, in: "einsum", required: "at least one operand", got: "none"))
  }
  if let broken = operands.first(where: { $0.error != nil }) { return broken }
  return graph.attempt(in: "einsum") {
    let sum = try Contraction(formula, operands.map(\.shape))
    let factors = try zip(operands, sum.inputs).map { try Factor($0, $1).withoutRepeats() }
    return sum.result(of: sum.contracted(factors))
  }
}

/// What a formula of einsum says: the letters of each operand and of the result, and their lengths.
private struct Contraction {
  let inputs: [[Character]]
  let output: [Character]
  let lengths: [Character: Int]

  init(_ formula: String, _ shapes: [Shape]) throws {
    func wrong(_ required: String, _ got: String) -> ChainRuleError {
      ChainRuleError(.shape, in: "einsum", required: required, got: got, hint: "Write it like \"ij,jk->ik\".")
    }
    let sides = formula.filter { $0 != " " }.split(separator: "->", omittingEmptySubsequences: false).map(String.init)
    let parts = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard sides.count <= 2, parts.count == shapes.count else {
      throw wrong("letters for each of \(shapes.count) operands", "\"\(formula)\"")
    }
    // Axes under `...` get signs of their own, counted from the last.
    var most = 0
    func letters(_ text: String, _ rank: Int?) throws -> [Character] {
      let pieces = text.split(separator: "...", omittingEmptySubsequences: false).map(String.init)
      guard pieces.count <= 2, pieces.joined().allSatisfy({ $0.isLetter }) else {
        throw wrong("letters, and ... at most once", "\"\(text)\"")
      }
      let named = pieces.joined().count, free = pieces.count == 2 ? (rank.map { $0 - named } ?? most) : 0
      guard free >= 0, rank.map({ $0 == named + free }) ?? true else {
        throw wrong("a letter for each of \(rank ?? 0) axes", "\"\(text)\"")
      }
      most = Swift.max(most, free)
      let signs = (0..<free).reversed().map { Character(UnicodeScalar(0x2460 + UInt32($0)) ?? "①") }
      return Array(pieces[0]) + signs + (pieces.count == 2 ? Array(pieces[1]) : [])
    }
    let inputs = try zip(parts, shapes).map { try letters($0, $1.rank) }
    var lengths: [Character: Int] = [:]
    for (letters, shape) in zip(inputs, shapes) {
      for (letter, length) in zip(letters, shape.dimensions) {
        let known = lengths[letter] ?? 1
        guard known == length || known == 1 || length == 1 else {
          throw wrong("one length for axis \(letter)", "\(known) and \(length)")
        }
        lengths[letter] = known == 1 ? length : known
      }
    }
    let all = inputs.joined(), signs = Set(all.filter { !$0.isLetter }).sorted(by: >)
    let once = Set(all.filter(\.isLetter)).filter { letter in all.count { $0 == letter } == 1 }.sorted()
    output = sides.count == 2 ? try letters(sides[1], nil) : signs + once
    guard Set(output).count == output.count, output.allSatisfy({ lengths[$0] != nil }) else {
      throw wrong("each letter of the result once, and among the operands' letters", "\"\(formula)\"")
    }
    (self.inputs, self.lengths) = (inputs, lengths)
  }

  /// Products two at a time until one factor is left.
  func contracted(_ factors: [Factor]) -> Factor {
    var factors = factors
    for pair in order(factors.map { Set($0.letters) }) {
      let (second, first) = (factors.remove(at: pair.1), factors.remove(at: pair.0))
      factors.append(first.times(second, keeping: Set(factors.flatMap(\.letters)).union(output)))
    }
    return factors[0].summed(keeping: Set(output))
  }

  /// The result's axes in their order; letters that no factor has grown are repeated.
  func result(of factor: Factor) -> Node {
    let letters = output.filter { factor.letters.contains($0) }
    let moved = factor.moved(to: letters)
    let shape = Shape(output.map { letters.contains($0) ? moved.shape[letters.firstIndex(of: $0) ?? 0] : 1 })
    return moved.reshaped(to: shape).broadcast(to: Shape(output.map { lengths[$0] ?? 1 }))
  }

  /// How many multiplications a product of two takes.
  private func cost(_ a: Set<Character>, _ b: Set<Character>) -> Double {
    a.union(b).reduce(1) { $0 * Double(lengths[$1] ?? 1) }
  }

  private func kept(_ a: Set<Character>, _ b: Set<Character>, others: [Set<Character>]) -> Set<Character> {
    a.union(b).intersection(others.reduce(Set(output)) { $0.union($1) })
  }

  /// Pairs of places, each product put at the end.
  private func order(_ factors: [Set<Character>]) -> [(Int, Int)] {
    guard factors.count > 1 else { return [] }
    if factors.count <= 6 { return cheapest(factors).pairs }
    var factors = factors, pairs: [(Int, Int)] = []
    while factors.count > 1 {
      var best = (0, 1), least = Double.infinity
      for (i, j) in Self.pairs(factors.count) where cost(factors[i], factors[j]) < least {
        (best, least) = ((i, j), cost(factors[i], factors[j]))
      }
      pairs.append(best)
      factors = joined(factors, best)
    }
    return pairs
  }

  private func cheapest(_ factors: [Set<Character>]) -> (cost: Double, pairs: [(Int, Int)]) {
    var best: (cost: Double, pairs: [(Int, Int)]) = (.infinity, [])
    if factors.count == 1 { return (0, []) }
    for pair in Self.pairs(factors.count) {
      let own = cost(factors[pair.0], factors[pair.1])
      guard own < best.cost else { continue }
      let rest = cheapest(joined(factors, pair))
      if own + rest.cost < best.cost { best = (own + rest.cost, [pair] + rest.pairs) }
    }
    if best.pairs.isEmpty { best = (.infinity, [(0, 1)] + cheapest(joined(factors, (0, 1))).pairs) }
    return best
  }

  private func joined(_ factors: [Set<Character>], _ pair: (Int, Int)) -> [Set<Character>] {
    var others = factors
    let (b, a) = (others.remove(at: pair.1), others.remove(at: pair.0))
    return others + [kept(a, b, others: others)]
  }

  private static func pairs(_ count: Int) -> [(Int, Int)] {
    (0..<count).flatMap { i in (i + 1..<count).map { (i, $0) } }
  }
}

/// A node whose axes have letters, each once.
private struct Factor {
  let node: Node
  let letters: [Character]

  init(_ node: Node, _ letters: [Character]) { (self.node, self.letters) = (node, letters) }

  /// A letter that occurs twice takes the diagonal.
  func withoutRepeats() throws -> Factor {
    guard let second = letters.indices.first(where: { letters[..<$0].contains(letters[$0]) }),
      let first = letters.firstIndex(of: letters[second])
    else { return self }
    let (n, m) = (node.shape[first], node.shape[second])
    guard n == m else {
      throw ChainRuleError(
        .shape, in: "einsum", required: "one length for axis \(letters[first])", got: "\(n) and \(m)")
    }
    let others = letters.indices.filter { $0 != first && $0 != second }
    return try Factor(
      node.transposed(others + [first, second]).diagonal(), others.map { letters[$0] } + [letters[first]]
    )
    .withoutRepeats()
  }

  func moved(to order: [Character]) -> Node {
    let places = order.map { letter in letters.firstIndex(of: letter) ?? 0 }
    return places == Array(letters.indices) ? node : node.transposed(places)
  }

  /// Sums over letters that nobody else has.
  func summed(keeping kept: Set<Character>) -> Factor {
    let axes = letters.indices.filter { !kept.contains(letters[$0]) }
    return axes.isEmpty ? self : Factor(node.sum(axes: axes), letters.filter { kept.contains($0) })
  }

  /// One product of matrices: common letters that stay are a batch, those that go are summed over.
  func times(_ other: Factor, keeping kept: Set<Character>) -> Factor {
    let a = summed(keeping: kept.union(other.letters)), b = other.summed(keeping: kept.union(letters))
    let common = a.letters.filter { b.letters.contains($0) }
    // A letter of length 1 in one of them broadcasts: multiplied element by element.
    let isPlain = common.allSatisfy { a.length($0) == b.length($0) }
    let inner = common.filter { !kept.contains($0) }
    guard isPlain, !inner.isEmpty else { return a.elementwise(b).summed(keeping: kept) }
    let batch = common.filter { kept.contains($0) }
    let rows = a.letters.filter { !common.contains($0) }, columns = b.letters.filter { !common.contains($0) }
    let lead = batch.map(a.length), (m, k, n) = (a.count(rows), a.count(inner), b.count(columns))
    let left = a.moved(to: batch + rows + inner).reshaped(to: Shape(lead + [m, k]))
    let right = b.moved(to: batch + inner + columns).reshaped(to: Shape(lead + [k, n]))
    let product = matrixProduct(left, right, false, false)
    return Factor(
      product.reshaped(to: Shape(lead + rows.map(a.length) + columns.map(b.length))), batch + rows + columns)
  }

  private func elementwise(_ other: Factor) -> Factor {
    let all = letters + other.letters.filter { !letters.contains($0) }
    func spread(_ factor: Factor) -> Node {
      let own = all.filter { factor.letters.contains($0) }
      return factor.moved(to: own).reshaped(to: Shape(all.map { own.contains($0) ? factor.length($0) : 1 }))
    }
    return Factor(spread(self) * spread(other), all)
  }

  func length(_ letter: Character) -> Int { node.shape[letters.firstIndex(of: letter) ?? 0] }
  private func count(_ letters: [Character]) -> Int { letters.map(length).reduce(1, *) }
}
