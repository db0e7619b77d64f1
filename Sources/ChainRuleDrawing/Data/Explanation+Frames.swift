extension Explanation {
  /// Writes the frames and the sums from what was recorded: `contributions` holds the ids of the edges in the order
  /// in which the backward pass took them, `partials` the sum that stood at the edge's node after each.
  package mutating func writeFrames(contributions: [Int], partials: [ExplainedValue?]) {
    forwardFrames = nodes.map { node in
      ExplainedFrame(
        kind: .forward, node: node.id, done: node.inputs.count, of: node.inputs.count, total: node.value,
        words: forwardWords(node))
    }
    var waiting = [Int](repeating: 0, count: nodes.count)
    for id in contributions { waiting[edges[id].node] += 1 }
    let total = waiting
    var taken = [[Int]](repeating: [], count: nodes.count)

    let symbol = nodes[output].symbol
    frames = [
      ExplainedFrame(
        kind: .seed, node: output, done: 0, of: total[output], total: nodes[output].gradient.value,
        words: "start: gradient of \(symbol) with respect to itself = \(ExplainedQuantity.gradient(output).placeholder)"
      )
    ]
    for (id, partial) in zip(contributions, partials) {
      let node = edges[id].node
      taken[node].append(id)
      frames.append(
        ExplainedFrame(
          kind: .contribution, node: node, edge: id, done: taken[node].count, of: total[node], total: partial,
          words: backwardWords(edges[id], taken[node], of: total[node])))
    }
    sums = nodes.compactMap { node in
      guard taken[node.id].count > 1, let total = node.gradient.value else { return nil }
      return ExplainedSum(node: node.id, edges: Explanation.summed(taken[node.id]), total: total)
    }
  }

  /// The order in which a sum is written. Floating-point addition of two numbers commutes, so two contributions stand
  /// in the order in which their consumers were recorded; more keep the order of the backward pass, to the bit.
  static func summed(_ contributions: [Int]) -> [Int] {
    contributions.count == 2 ? contributions.sorted() : contributions
  }

  private func forwardWords(_ node: ExplainedNode) -> String {
    let value = ExplainedQuantity.value(node.id).placeholder
    guard !node.isLeaf else { return "\(node.kind.rawValue) \(node.symbol) = \(value)" }
    guard node.isScalar, !node.arithmetic.isEmpty, node.inputs.allSatisfy({ nodes[$0].isScalar }) else {
      return "\(node.symbol) = \(node.formula) = \(value)"
    }
    return "\(node.symbol) = \(node.formula) = \(node.arithmetic) = \(value)"
  }

  private func backwardWords(_ edge: ExplainedEdge, _ taken: [Int], of total: Int) -> String {
    let node = nodes[edge.node], through = product(of: edge)
    guard total > 1 else { return "gradient of \(node.symbol) = \(through)" }
    let start =
      "gradient of \(node.symbol), contribution \(taken.count) of \(total) through \(nodes[edge.consumer].symbol): \(through)"
    guard taken.count == total else {
      return start + ". The upstream of \(node.symbol) is not final yet: \(taken.count) of \(total) consumers done"
    }
    let sum = ExplainedQuantity.gradient(node.id).placeholder
    guard total <= 6 else { return start + ". Σ of \(total) contributions = \(sum)" }
    let terms = Explanation.summed(taken).enumerated().map { position, id in
      let product = ExplainedQuantity.product(id)
      return (position == 0 ? product : product.parenthesized).placeholder
    }
    return start + ". Σ = " + terms.joined(separator: " + ") + " = \(sum)"
  }

  /// `upstream 1 × local gradient z (-4) = -4`, or what a map makes of its upstream.
  private func product(of edge: ExplainedEdge) -> String {
    let local = ExplainedQuantity.local(edge.id), product = ExplainedQuantity.product(edge.id).placeholder
    let upstream = "upstream \(ExplainedQuantity.upstream(edge.id).placeholder)"
    guard edge.factor != nil else { return "\(edge.local) with \(upstream) = \(product)" }
    let words = edge.isNumeral ? local.parenthesized.placeholder : "\(edge.local) (\(local.placeholder))"
    return "\(upstream) × local gradient \(words) = \(product)"
  }

  /// Decides what kind of zero a gradient is, consumers first: a closed gate, or another.
  package mutating func nameZeros() {
    let index = contributionIndex
    for id in nodes.indices.reversed() {
      guard let value = nodes[id].gradient.value else { continue }
      guard value.isZero else {
        nodes[id].gradient.state = .value
        continue
      }
      let isClosed =
        !index[id].isEmpty
        && index[id].allSatisfy { number in
          let edge = edges[number]
          if nodes[edge.consumer].gradient.state == .closedGate { return true }
          return edge.gate && (edge.factor?.isZero ?? (edge.upstream.map { !$0.isZero } ?? false))
        }
      nodes[id].gradient.state = isClosed ? .closedGate : .zero
    }
  }
}
