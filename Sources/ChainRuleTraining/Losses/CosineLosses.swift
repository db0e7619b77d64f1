// Losses of directions: rows are vectors along the last axis.

import ChainRuleCore

/// x / max(‖x‖, ε) · y / max(‖y‖, ε) of each row, so that no product of long vectors overflows:
/// `[…, features] → […]`.
public func cosineSimilarity(_ x: Node, _ y: Node, epsilon: Double = 1e-8) -> Node {
  if let mistake = shapeMistake("cosineSimilarity", x, y) { return mistake }
  func length(_ v: Node) -> Node { maximum(v.norm(axes: [-1]), epsilon) }
  func direction(_ v: Node) -> Node { v / length(v).expandingDimension(at: -1) }
  return (direction(x) * direction(y)).sum(axes: [-1])
}

/// 1 − cosine similarity of each row, reduced.
public func cosineDistance(
  _ x: Node, _ y: Node, epsilon: Double = 1e-8, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  reduction(1 - cosineSimilarity(seen(x, mask), seen(y, mask), epsilon: epsilon), mask: mask)
}

/// Per row, 1 − cos where sign = 1 and max(0, cos − margin) where sign = −1.
///
/// - Parameter sign: `[…]`, whether two rows belong together (1) or apart (−1).
public func cosineEmbeddingLoss(
  _ x: Node, _ y: Node, sign: Node, margin: Double = 0, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  let similarity = cosineSimilarity(seen(x, mask), seen(y, mask))
  return shapeMistake("cosineEmbeddingLoss", similarity, sign)
    ?? reduction(`where`(greater(sign, 0), 1 - similarity, relu(similarity - margin)), mask: mask)
}
