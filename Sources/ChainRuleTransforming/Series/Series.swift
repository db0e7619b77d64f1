import ChainRuleCore

/// Taylor series of a node along a line, from first-order rules alone.
///
/// Let y = f(x) have the local gradient g(x, y), and xⱼ, yⱼ, gⱼ be coefficients of tʲ. From dy/dt = g · dx/dt follows
///
///     k · yₖ = Σⱼ j · xⱼ · gₖ₋ⱼ        (j = 1 … k)
///
/// and g, made of primitives itself, has its coefficients from the same rule, up to one order less. A linear map that
/// stays where it is acts on each coefficient. One that moves, A(t), is recorded once on a node that stands for dx/dt:
/// dy/dt = A(t) · dx/dt is then made of primitives, and has a series of its own. So no primitive needs a second rule, and
/// each costs a number of products that grows with the square of the order, not doubling with each. A loop's series is
/// one loop of its body's series. What has one rule for all of its inputs, such as a gradient of one's own, is the same with
/// its tangent along dx/dt. A solution of r(x(t), p(t)) = 0 takes one linear solve for each coefficient.
extension Node {
  /// The coefficients of t⁰ … t^order of this node when other nodes move along straight lines: x + t·direction.
  ///
  /// ```swift
  /// let series = try exp(x).series(along: [(x, 1)], order: 8)     // eˣ / k!
  /// ```
  /// The k-th derivative along the line is k! times the k-th coefficient. Time and nodes: order² for each primitive on
  /// the way; derivatives of the coefficients are to be had, too.
  /// - Parameters:
  ///   - directions: nodes that move, each with a direction of its shape: a node, a tensor or a literal.
  ///   - order: the highest coefficient, at least 0.
  /// - Returns: `order + 1` nodes of this node's shape.
  /// - Throws: a direction of another shape; an order below 0 or above 1,000.
  public func series(along directions: [(Node, any TangentDirection)], order: Int) throws -> [Node] {
    try series(moving: directions.map { ($0, [$1.node(in: graph)]) }, order: order)
  }

  /// The same when the nodes move along series of their own: x + c₁t + c₂t² + …
  /// - Throws: as `series(along:order:)`.
  public func series(moving paths: [(Node, [Node])], order: Int) throws -> [Node] {
    if let error = error { throw error }
    guard (0...1_000).contains(order) else {
      throw ChainRuleError(.value, in: "series", required: "an order from 0 to 1000", got: "\(order)")
    }
    var builder = SeriesBuilder(graph: graph, order: order)
    for (node, path) in paths {
      for direction in [node] + path { if let error = direction.error { throw error } }
      guard path.allSatisfy({ $0.shape == node.shape }) else {
        throw ChainRuleError(
          .shape, in: "series", required: "directions of the shape \(node.shape) of what moves",
          got: path.map(\.shape.description).joined(separator: ", "))
      }
      try builder.move(node, along: path)
    }
    return try builder.coefficients(of: self)
  }
}
