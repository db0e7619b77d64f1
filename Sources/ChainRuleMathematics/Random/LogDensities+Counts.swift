import ChainRuleCore

// Probabilities of counts. What a probability is made of is a logit, so that none is rounded to 0 or 1.

/// log of the probability that the first success of trials with the probability σ(logit) is the k-th, k ≥ 1.
public func geometricLogProbability(_ k: Node, logit: Node) -> Node {
  inside(k .>= 1, k) { -softplus(-logit) - ($0 - 1) * softplus(logit) }
}

/// log of the probability of k failures before the n-th success, each with the probability σ(logit): log C(k + n − 1, k)
/// − n·log(1 + e^(−logit)) − k·log(1 + e^logit), for any n above 0.
public func negativeBinomialLogProbability(_ k: Node, count n: Node, logit: Node) -> Node {
  inside(k .>= 0, k) { lgamma($0 + n) - lgamma(n) - lgamma($0 + 1) - n * softplus(-logit) - $0 * softplus(logit) }
}

/// log of the probability of k successes of n where the probability is a beta number.
public func betaBinomialLogProbability(_ k: Node, count n: Node, _ a: Node, _ b: Node) -> Node {
  func logBeta(_ a: Node, _ b: Node) -> Node { lgamma(a) + lgamma(b) - lgamma(a + b) }
  return inside((k .>= 0) * (k .<= n), k, instead: 0) {
    lgamma(n + 1) - lgamma($0 + 1) - lgamma(n - $0 + 1) + logBeta($0 + a, n - $0 + b) - logBeta(a, b)
  }
}

/// log of the probability of counts along the last axis, of trials whose classes have the probabilities softmax(logits):
/// log n! − Σ log kᵢ! + Σ kᵢ·log pᵢ with n = Σ kᵢ.
public func multinomialLogProbability(_ counts: Node, logits: Node) -> Node {
  let total = counts.sum(axes: [-1])
  return lgamma(total + 1) - lgamma(counts + 1).sum(axes: [-1]) + (counts * logSoftmax(logits)).sum(axes: [-1])
}
