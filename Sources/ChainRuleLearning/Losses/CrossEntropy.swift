/// The mean over the batch of −ln softmax(z)[y], from logits.
///
/// - Parameters:
///   - logits: `[…, classes]`, any finite numbers; log-softmax keeps ±1000 exact.
///   - labels: class indices `[…]`, or probabilities (one-hot) `[…, classes]`.
/// - Returns: one number, Σ over rows of (ln Σⱼ e^zⱼ − z_y) / rows.
public func softmaxCrossEntropy(_ logits: Node, _ labels: Node) -> Node {
  let logProbabilities = logSoftmax(logits)
  if labels.elementType != .int32 { return -(labels * logProbabilities).sum(axes: [-1]).mean() }
  return -logProbabilities.gatheredAlong(axis: -1, at: labels.expandingDimension(at: -1)).mean()
}
