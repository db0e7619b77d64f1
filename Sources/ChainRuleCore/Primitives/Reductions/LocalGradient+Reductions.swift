extension LocalGradient {
  /// The shared local gradient of every reduction: the output is Σ weight · input over the axes to first order,
  /// with one weight per input element (sum: 1, max: who won, log-sum-exp: softmax).
  ///
  /// - `apply(t) = Σ_axes weights · t`, `transpose(u) = weights · broadcast(u)`.
  static func weightedReduction(weights: Node?, of input: Node, axes: [Int]) -> LocalGradient {
    let (inputShape, kept) = (input.shape, input.shape.reduced(over: axes, keepingDimensions: true))
    return .linear(
      apply: { tangent in (weights.map { $0 * tangent } ?? tangent).sum(axes: axes) },
      transpose: { upstream in
        let spread = upstream.reshaped(to: kept).broadcast(to: inputShape)
        return weights.map { $0 * spread } ?? spread
      })
  }
}
