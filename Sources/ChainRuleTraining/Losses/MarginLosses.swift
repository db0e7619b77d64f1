// Losses that are zero once the right answer leads by a margin.

import ChainRuleCore

/// max(0, margin − y s) with y = ±1, reduced. Source: the support vector machine of Cortes and Vapnik 1995.
public func hingeLoss(
  _ prediction: Node, _ target: Node, margin: Double = 1, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  shapeMistake("hingeLoss", prediction, target)
    ?? reduction(relu(margin - seen(target, mask) * seen(prediction, mask)), mask: mask)
}

/// max(0, margin − y s)² with y = ±1, reduced.
public func squaredHingeLoss(
  _ prediction: Node, _ target: Node, margin: Double = 1, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  shapeMistake("squaredHingeLoss", prediction, target)
    ?? reduction(square(relu(margin - seen(target, mask) * seen(prediction, mask))), mask: mask)
}

/// Per row, Σ over j ≠ y of max(0, margin − s_y + s_j)ᵖ / classes: every wrong class must stay behind.
/// Source: Weston and Watkins 1999.
///
/// - Parameters:
///   - scores: `[…, classes]`
///   - labels: class indices `[…]`
public func multiClassHingeLoss(
  _ scores: Node, _ labels: Node, margin: Double = 1, power: Double = 1, mask: Node? = nil,
  reduction: Reduction = .mean
) -> Node {
  let (isRight, lead) = leads(seen(scores, mask), labels)
  let excess = relu(margin + lead)
  let losses = (1 - isRight) * (power == 1 ? excess : pow(excess, power))
  return reduction(losses.sum(axes: [-1]) / Double(Swift.max(scores.shape[-1], 1)), mask: mask)
}

/// Per row, max(0, max over j ≠ y of margin + s_j − s_y): the best wrong class must stay behind.
/// Source: Crammer and Singer 2001.
public func crammerSingerLoss(
  _ scores: Node, _ labels: Node, margin: Double = 1, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  let (isRight, lead) = leads(seen(scores, mask), labels)
  let worst = `where`(isRight, -Double.infinity, lead).max(axes: [-1])
  return reduction(relu(margin + worst), mask: mask)
}

/// One-hot labels and s_j − s_y, both `[…, classes]`.
private func leads(_ scores: Node, _ labels: Node) -> (isRight: Node, lead: Node) {
  let right = scores.gatheredAlong(axis: -1, at: labels.expandingDimension(at: -1))
  return (labels.oneHot(classes: scores.shape[-1]), scores - right)
}
