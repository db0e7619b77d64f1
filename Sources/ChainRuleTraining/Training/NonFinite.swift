import ChainRuleCore

/// Where the first NaN or infinity appears on the way to a node, as a sentence: the first node in order of recording
/// that is not finite although everything it is computed from is. `nil` if everything is finite.
///
/// Constants may be infinite on purpose (masks) and are passed over.
/// - Throws: the mistake of a node that cannot be computed.
public func firstNonFinite(leadingTo node: Node) throws -> String? {
  var isSeen: Set<Node> = [node], waiting = [node]
  var nodes: [Node] = []
  while let next = waiting.popLast() {
    nodes.append(next)
    for input in next.inputs where isSeen.insert(input).inserted { waiting.append(input) }
  }
  for node in nodes.sorted(by: { $0.index < $1.index }) where node.kind != .constant {
    let values = try node.value().scalars
    guard let position = values.firstIndex(where: { !$0.isFinite }) else { continue }
    let name = node.label ?? node.primitive?.name ?? "a leaf"
    let what = values[position].isNaN ? "NaN" : "\(values[position])"
    let inputs = try node.inputs.map { input in
      let name = input.label ?? input.primitive?.name ?? "a constant"
      return "\(name) of shape \(input.shape) with \(range(of: try input.value().scalars))"
    }
    let source = inputs.isEmpty ? "" : ", computed from " + inputs.joined(separator: " and ")
    return "\(what) at element \(position) of \(name) (node \(node.index), shape \(node.shape))\(source)"
  }
  return nil
}

private func range(of values: [Double]) -> String {
  let finite = values.filter(\.isFinite)
  guard let low = finite.min(), let high = finite.max() else { return "no finite value" }
  return "\(low) … \(high)"
}
