import ChainRuleCore

/// A term that is added to the loss because of the parameters themselves.
public struct Penalty: Sendable {
  let term: @Sendable (Node) -> Node
  let contains: @Sendable (NamedParameter) -> Bool

  /// A term of one's own for each parameter that fits; weights (everything with at least two axes) by default.
  public init(
    where contains: @escaping @Sendable (NamedParameter) -> Bool = { $0.parameter.shape.rank >= 2 },
    _ term: @escaping @Sendable (Node) -> Node
  ) {
    (self.term, self.contains) = (term, contains)
  }

  /// λ Σ w², whose gradient is 2 λ w.
  public static func l2(_ strength: Double) -> Penalty { Penalty { strength * square($0).sum() } }

  /// λ Σ |w|, which drives small weights to zero.
  public static func l1(_ strength: Double) -> Penalty { Penalty { strength * abs($0).sum() } }

  /// The same for the parameters at and under a path only.
  public func on(_ path: String) -> Penalty { Penalty(where: { isPath($0.path, at: path) }, term) }
}
