extension Explanation {
  /// The node of that symbol or name: `explanation["q"]`.
  public subscript(symbol: String) -> ExplainedNode? {
    nodes.first { $0.symbol == symbol } ?? nodes.first { $0.name == symbol }
  }

  /// The edges that bring a contribution to `node`, in the order in which they are summed.
  public func contributions(to node: Int) -> [ExplainedEdge] {
    nodes.indices.contains(node) ? contributionIndex[node].map { edges[$0] } : []
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
    Explanation.fill(frame.words) { quantity in
      value(of: quantity, in: frame)?.line(digits: digits, typographic: typographic) ?? "not computed"
    }
  }

  private func value(of quantity: ExplainedQuantity, in frame: ExplainedFrame) -> ExplainedValue? {
    let index = quantity.index
    switch quantity.kind {
    case .value, .gradient, .tangent:
      guard nodes.indices.contains(index) else { return nil }
      return quantity.kind == .value
        ? nodes[index].value : quantity.kind == .gradient ? nodes[index].gradient.value : nodes[index].tangent
    case .local, .upstream, .product:
      guard edges.indices.contains(index) else { return nil }
      return quantity.kind == .local
        ? edges[index].factor : quantity.kind == .upstream ? edges[index].upstream : edges[index].product
    case .partialSum: return frame.edge == index ? frame.total : nil
    }
  }

  /// Replaces `{v7}` by what `number` writes for it, and `{V7}` by the same in parentheses where it is negative.
  static func fill(
    _ template: String, between: (open: Character, close: Character) = ("{", "}"),
    _ number: (ExplainedQuantity) -> String
  ) -> String {
    var result = "", rest = template[...]
    while let open = rest.firstIndex(of: between.open) {
      result += rest[..<open]
      let body = rest[rest.index(after: open)...]
      guard let close = body.firstIndex(of: between.close), let quantity = ExplainedQuantity(key: body[..<close]) else {
        result.append(between.open)
        rest = body
        continue
      }
      let text = number(quantity)
      result += quantity.isParenthesized ? NumberText.parenthesized(text) : text
      rest = body[body.index(after: close)...]
    }
    return result + rest
  }

  /// The nodes that have a gradient, in the order in which the backward pass finished them.
  var backwardOrder: [ExplainedNode] {
    var seen = Set<Int>(), order: [ExplainedNode] = []
    for frame in frames where frame.isFinal && seen.insert(frame.node).inserted { order.append(nodes[frame.node]) }
    return order
  }

  /// A gradient in words and numbers: never a bare zero without its reason.
  func gradientText(of node: ExplainedNode, _ digits: Int, typographic: Bool = false) -> String {
    let number = node.gradient.value?.line(digits: digits, typographic: typographic)
    return switch node.gradient.state {
    case .value: number ?? "not computed"
    case .zero: "\(number ?? "0") (zero)"
    case .closedGate: "\(number ?? "0") (closed gate)"
    case .noPath: "no path"
    case .notComputed: "not computed"
    }
  }
}
