extension Explanation {
  /// The node of that symbol or name: `explanation["q"]`.
  public subscript(symbol: String) -> ExplainedNode? {
    nodes.first { $0.symbol == symbol } ?? nodes.first { $0.name == symbol }
  }

  /// The edges that bring a contribution to `node`, in the order in which they are summed.
  public func contributions(to node: Int) -> [ExplainedEdge] {
    contributionIndex[node].map { edges[$0] }
  }

  /// For every node the edges that contribute to it, in the order in which they are summed.
  var contributionIndex: [[Int]] {
    var index = [[Int]](repeating: [], count: nodes.count)
    for frame in frames { if let edge = frame.edge { index[frame.node].append(edge) } }
    return index.map(Explanation.summed)
  }

  /// For every node the edges that lead into it, by position.
  var inputEdges: [[ExplainedEdge]] {
    var index = [[ExplainedEdge]](repeating: [], count: nodes.count)
    for edge in edges { index[edge.consumer].append(edge) }
    return index.map { $0.sorted { $0.position < $1.position } }
  }

  /// A frame as a sentence with its numbers in it: `gradient of q = upstream 1 × local z (-4) = -4`.
  ///
  /// In `words`, `{v3}` stands for the value of node 3, `{g3}` for its gradient, `{l5}`, `{u5}`, `{p5}` for the local
  /// gradient, upstream and product of edge 5, `{r5}` for the sum of the contributions up to and with edge 5.
  /// A capital letter puts a negative number into parentheses.
  public func sentence(for frame: ExplainedFrame, digits: Int = 6, typographic: Bool = false) -> String {
    var running: [Int: ExplainedValue] = [:]
    if let edge = frame.edge, let total = frame.total { running[edge] = total }
    return Explanation.fill(frame.words) { key, index in
      let value: ExplainedValue? =
        switch key {
        case "v": nodes.indices.contains(index) ? nodes[index].value : nil
        case "g": nodes.indices.contains(index) ? nodes[index].gradient.value : nil
        case "l": edges.indices.contains(index) ? edges[index].factor : nil
        case "u": edges.indices.contains(index) ? edges[index].upstream : nil
        case "p": edges.indices.contains(index) ? edges[index].product : nil
        case "r": running[index]
        default: nil
        }
      return value?.line(digits: digits, typographic: typographic) ?? "?"
    }
  }

  /// Replaces `{k7}` by `number("k", 7)`, and `{K7}` by the same in parentheses where it is negative.
  static func fill(
    _ template: String, between: (open: Character, close: Character) = ("{", "}"), _ number: (Character, Int) -> String
  ) -> String {
    var result = "", rest = template[...]
    while let open = rest.firstIndex(of: between.open) {
      result += rest[..<open]
      let body = rest[rest.index(after: open)...]
      guard let close = body.firstIndex(of: between.close), let letter = body[..<close].first, letter.isLetter,
        let index = Int(body[body.index(after: body.startIndex)..<close])
      else {
        result.append(between.open)
        rest = body
        continue
      }
      let small = Character(letter.lowercased())
      let text = number(small, index)
      result += letter == small ? text : NumberText.parenthesized(text)
      rest = body[body.index(after: close)...]
    }
    return result + rest
  }
}
