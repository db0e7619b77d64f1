import ChainRuleCore

/// How the losses of single elements or rows become one number.
public enum Reduction: String, Sendable, CaseIterable {
  /// Σ/n; with weights or a mask, Σ w·loss / Σ w, and 0 where Σ w is 0: nothing counts then.
  case mean
  /// Σ over everything.
  case sum
  /// Σ divided by the length of the first axis.
  case batchMean
  /// Nothing is reduced.
  case none

  /// Losses of elements or rows as one number, or as they are.
  /// - Parameters:
  ///   - mask: 1 where a loss counts, 0 where it does not; shaped like the losses.
  ///   - weights: what the mean is divided by instead of the number of losses, if they are weighted already.
  func callAsFunction(_ losses: Node, mask: Node? = nil, weights: Node? = nil) -> Node {
    if let mask, mask.shape != losses.shape, mask.error == nil, losses.error == nil {
      return losses.graph.failed(
        ChainRuleError(.shape, in: "loss", required: "a mask of shape \(losses.shape)", got: "\(mask.shape)"))
    }
    // Chosen and not multiplied, so that a masked infinity does not make the sum NaN.
    let counted = mask.map { `where`($0, losses, 0) * $0 } ?? losses
    switch self {
    case .none: return counted
    case .sum: return counted.sum()
    case .batchMean: return counted.sum() / Double(Swift.max(losses.shape[0], 1))
    case .mean:
      switch (weights, mask) {
      case (nil, nil): return counted.mean()
      case (let weights?, let mask?): return share(counted.sum(), of: (weights * mask).sum())
      case (let divisor?, nil), (nil, let divisor?): return share(counted.sum(), of: divisor.sum())
      }
    }
  }

  /// sum / whole, and 0 with gradient 0 where there is no whole.
  private func share(_ sum: Node, of whole: Node) -> Node {
    let isNothing = equal(whole, 0)
    return `where`(isNothing, 0, sum) / `where`(isNothing, 1, whole)
  }
}
