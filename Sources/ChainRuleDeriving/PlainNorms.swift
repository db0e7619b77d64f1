import ChainRuleCore

extension Node {
  /// The same function with each 2-norm recorded as √(Σ v²), without the scaling that keeps it in range: its gradient is
  /// v/‖v‖ as lectures have it. Itself where there is no norm below.
  ///
  /// - Parameter kept: nodes that stay themselves, since something is derived by them.
  func withPlainNorms(keeping kept: [Node]) -> Node {
    var seen: Set<Node> = [self], stack = [self], hasNorm = false
    while let node = stack.popLast() {
      let norm = node.normParts
      hasNorm = hasNorm || norm != nil
      for input in norm.map({ [$0.vector] }) ?? node.inputs where seen.insert(input).inserted { stack.append(input) }
    }
    guard hasNorm else { return self }
    var changed: [Node: Node] = [:]
    for node in seen.sorted(by: { $0.index < $1.index }) where !kept.contains(node) {
      if let norm = node.normParts {
        let vector = changed[norm.vector] ?? norm.vector
        changed[node] = sqrt(square(vector).sum(axes: norm.axes)).reshaped(to: node.shape)
      } else if let primitive = node.primitive, node.inputs.contains(where: { changed[$0] != nil }) {
        changed[node] = graph.record(primitive, node.inputs.map { changed[$0] ?? $0 })
      }
      if let label = node.label, let new = changed[node] { changed[node] = new.named(label) }
    }
    return changed[self] ?? self
  }
}
