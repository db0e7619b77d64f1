// Losses of yes-or-no targets y ∈ [0, 1]; prediction and target have one shape.

import ChainRuleCore

/// The mean of y softplus(−z) + (1 − y) softplus(z), from logits z: −ln σ(z) for y = 1 and −ln (1 − σ(z)) for y = 0,
/// without forming σ. For one label or many independent ones. Its gradient is (σ(z) − y) / n.
public func sigmoidCrossEntropy(_ logits: Node, _ targets: Node) -> Node {
  sigmoidCrossEntropy(logits, targets, positiveWeights: nil)
}

/// As above, with a weight for the y = 1 term of each label `[labels]`.
public func sigmoidCrossEntropy(
  _ logits: Node, _ targets: Node, positiveWeights: Tensor? = nil, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  if let mistake = shapeMistake("sigmoidCrossEntropy", logits, targets) { return mistake }
  let (logits, targets) = (seen(logits, mask), seen(targets, mask))
  var positive = weighted(targets, softplus(-logits))
  if let positiveWeights { positive = weighted(logits.graph.constant(positiveWeights), positive) }
  return reduction(positive + weighted(1 - targets, softplus(logits)), mask: mask)
}

/// The mean of −(y ln p + (1 − y) ln(1 − p)), from probabilities p; each logarithm is at least −100.
///
/// Prefer `sigmoidCrossEntropy` on logits: here, a probability of 0 or 1 has gradient 0 where its logarithm is held.
public func binaryCrossEntropy(_ probabilities: Node, _ targets: Node) -> Node {
  binaryCrossEntropy(probabilities, targets, mask: nil)
}

/// −(y ln p + (1 − y) ln(1 − p)), reduced.
public func binaryCrossEntropy(
  _ probabilities: Node, _ targets: Node, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  if let mistake = shapeMistake("binaryCrossEntropy", probabilities, targets) { return mistake }
  let (probabilities, targets) = (seen(probabilities, mask), seen(targets, mask))
  let positive = targets * heldLog(probabilities)
  return reduction(-(positive + (1 - targets) * heldLog(1 - probabilities)), mask: mask)
}

/// max(ln x, −100), whose gradient is 0 and not NaN where the logarithm is held.
private func heldLog(_ x: Node) -> Node {
  // e⁻¹⁰⁰; smaller than the smallest normal float, but a float denormal still.
  let isFree = greater(x, 3.7200759760208361e-44)
  return `where`(isFree, log(`where`(isFree, x, 1)), -100)
}
