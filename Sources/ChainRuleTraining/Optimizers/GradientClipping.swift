import ChainRuleCore

/// Keeps gradients from growing without bound, as graph nodes between the backward pass and the optimizer.
public enum GradientClipping: Sendable, Hashable {
  /// Each element to [−bound, bound].
  case value(Double)
  /// All gradients together are scaled by min(1, bound / (norm + 10⁻⁶)), where norm is the p-norm of all elements
  /// (p may be infinite). Source: Pascanu, Mikolov and Bengio 2013.
  case globalNorm(Double, p: Double = 2)

  /// - Throws: for a bound or a p that is not above 0.
  func validate() throws {
    switch self {
    case .value(let bound): try SettingRange.positive.check(bound, "bound", of: self)
    case .globalNorm(let bound, let p):
      try SettingRange.positive.check(bound, "bound", of: self)
      if p != .infinity { try SettingRange.positive.check(p, "p", of: self) }
    }
  }

  /// The clipped gradients. There must be at least one.
  public func callAsFunction(_ gradients: [Node]) -> [Node] {
    switch self {
    case .value(let bound): return gradients.map { clamp($0, min: -bound, max: bound) }
    case .globalNorm(let bound, let p):
      guard let largest = combinedNorm(of: gradients, p: .infinity)?.stoppingGradient() else { return gradients }
      // Elements so large that their norm would be infinite are divided by the largest of them first.
      let isHuge = greater(largest, 1e18) * less(largest, .infinity), unit = `where`(isHuge, largest, 1)
      let scaled = gradients.map { $0 / unit }
      guard let norm = combinedNorm(of: scaled, p: p) else { return gradients }
      let factor = minimum(unit, bound / (norm + 1e-6 / unit))
      return scaled.map { factor * $0 }
    }
  }
}

/// (Σ |g|ᵖ)^(1/p) over all elements of all gradients; `nil` when there are none.
public func combinedNorm(of gradients: [Node], p: Double = 2) -> Node? {
  guard !gradients.isEmpty else { return nil }
  return stack(gradients.map { $0.norm(p) }).norm(p)
}
