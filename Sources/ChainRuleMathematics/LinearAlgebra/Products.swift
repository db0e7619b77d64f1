import ChainRuleCore

/// The outer product aᵢbⱼ: vectors `[…, m]` and `[…, n]` give `[…, m, n]`; leading axes broadcast.
///
/// A single number in place of a vector is a mistake that stays in the node.
public func outer(_ a: Node, _ b: Node) -> Node {
  if let broken = [a, b].first(where: { $0.error != nil }) { return broken }
  return a.graph.attempt(in: "outer") {
    for node in [a, b] where node.shape.rank == 0 {
      throw ChainRuleError(
        .shape, in: "outer", required: "two vectors", got: "a number", hint: "Multiply by it with *.")
    }
    let lead = b.shape.dimensions.dropLast(), last = b.shape.dimensions.suffix(1)
    return a.reshaped(to: Shape(a.shape.dimensions + [1])) * b.reshaped(to: Shape(lead + [1] + last))
  }
}
