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

/// The Kronecker product: each element of `a` times the whole of `b`, `[…, m, n]` and `[…, p, q]` give `[…, mp, nq]`;
/// leading axes broadcast.
///
/// Shapes without two axes are a mistake that stays in the node.
public func kronecker(_ a: Node, _ b: Node) -> Node {
  recording("kronecker", a, b) {
    try requireMatrix(a.shape, in: "kronecker")
    try requireMatrix(b.shape, in: "kronecker")
    let (m, n, p, q) = (a.shape[-2], a.shape[-1], b.shape[-2], b.shape[-1])
    let product =
      a.reshaped(to: Shape(a.shape.batch + [m, 1, n, 1])) * b.reshaped(to: Shape(b.shape.batch + [1, p, 1, q]))
    return product.reshaped(to: Shape(product.shape.dimensions.dropLast(4) + [m * p, n * q]))
  }
}
