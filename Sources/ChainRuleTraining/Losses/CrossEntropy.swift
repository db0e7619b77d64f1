// Losses of scores against classes. A row is everything but the last axis.

import ChainRuleCore

/// The mean over the batch of −ln softmax(z)[y], from logits.
///
/// - Parameters:
///   - logits: `[…, classes]`, any finite numbers; log-softmax keeps ±1000 exact.
///   - labels: class indices `[…]`, or probabilities (one-hot) `[…, classes]`.
/// - Returns: one number, Σ over rows of (ln Σⱼ e^zⱼ − z_y) / rows. Its gradient is (softmax(z) − onehot(y)) / rows.
public func softmaxCrossEntropy(_ logits: Node, _ labels: Node) -> Node {
  negativeLogLikelihood(logSoftmax(logits), labels)
}

/// −ln softmax(z)[y] with label smoothing, class weights and a mask.
///
/// - Parameters:
///   - smoothing: ε; targets become (1 − ε) onehot(y) + ε / classes. Source: Szegedy et al. 2016.
///   - classWeights: `[classes]`; the mean divides by the summed weights of the targets.
///   - mask: 1 for rows that count, 0 for others; shaped like the rows.
public func softmaxCrossEntropy(
  _ logits: Node, _ labels: Node, smoothing: Double = 0, classWeights: Tensor? = nil, mask: Node? = nil,
  reduction: Reduction = .mean
) -> Node {
  if let mistake = settingMistake(
    "softmaxCrossEntropy", logits, (0...1).contains(smoothing), "a smoothing from 0 to 1", smoothing)
  {
    return mistake
  }
  let logits = seen(logits, mask), logProbabilities = logSoftmax(logits)
  guard smoothing != 0 || classWeights != nil else {
    return negativeLogLikelihood(logProbabilities, labels, mask: mask, reduction: reduction)
  }
  let isIndex = labels.elementType == .int32
  let classes = logits.shape[-1]
  let hard = isIndex ? labels.oneHot(classes: classes) : seen(labels, mask)
  if let mistake = shapeMistake("softmaxCrossEntropy", logits, hard) { return mistake }
  let targets = smoothing == 0 ? hard : (1 - smoothing) * hard + smoothing / Double(classes)
  guard let classWeights else { return reduction(-weighted(targets, logProbabilities).sum(axes: [-1]), mask: mask) }
  let weights = logits.graph.constant(classWeights)
  let losses = -weighted(weights * targets, logProbabilities).sum(axes: [-1])
  return reduction(losses, mask: mask, weights: isIndex ? (weights * hard).sum(axes: [-1]) : nil)
}

/// The mean over rows of −s[y], s being log-probabilities `[…, classes]`; labels as for `softmaxCrossEntropy`.
public func negativeLogLikelihood(_ logProbabilities: Node, _ labels: Node) -> Node {
  negativeLogLikelihood(logProbabilities, labels, mask: nil)
}

/// −s[y], reduced.
public func negativeLogLikelihood(
  _ logProbabilities: Node, _ labels: Node, mask: Node? = nil, reduction: Reduction = .mean
) -> Node {
  let (logProbabilities, labels) = (seen(logProbabilities, mask), seen(labels, mask))
  if labels.elementType == .int32 {
    if let mistake = labelMistake(logProbabilities, labels) { return mistake }
    let chosen = logProbabilities.gatheredAlong(axis: -1, at: labels.expandingDimension(at: -1))
    return reduction(-chosen.squeezingDimension(at: -1), mask: mask)
  }
  return shapeMistake("negativeLogLikelihood", logProbabilities, labels)
    ?? reduction(-weighted(labels, logProbabilities).sum(axes: [-1]), mask: mask)
}

/// Labels that are not one for each row.
private func labelMistake(_ logProbabilities: Node, _ labels: Node) -> Node? {
  if let broken = [logProbabilities, labels].first(where: { $0.error != nil }) { return broken }
  let rows = Shape(logProbabilities.shape.dimensions.dropLast())
  guard labels.shape != rows || logProbabilities.shape.rank == 0 else { return nil }
  return logProbabilities.graph.failed(
    ChainRuleError(
      .shape, in: "cross-entropy", required: "one label for each row of \(logProbabilities.shape)",
      got: "labels of shape \(labels.shape)", hint: "Class indices are shaped like the rows, \(rows)."))
}

/// Σ y (ln y − s), the divergence of log-probabilities s from y; 0 ln 0 counts as 0. Source: Kullback and Leibler 1951.
///
/// - Parameter targetIsLogarithm: y is given as ln y.
public func klDivergence(
  _ logProbabilities: Node, _ target: Node, targetIsLogarithm: Bool = false, mask: Node? = nil,
  reduction: Reduction = .batchMean
) -> Node {
  if let mistake = shapeMistake("klDivergence", logProbabilities, target) { return mistake }
  let (logProbabilities, target) = (seen(logProbabilities, mask), seen(target, mask))
  if targetIsLogarithm {
    let isNone = equal(target, -.infinity)
    let difference = `where`(isNone, 0, target) - `where`(isNone, 0, logProbabilities)
    return reduction(exp(target) * difference, mask: mask)
  }
  let isPositive = greater(target, 0)
  let entropy = target * log(`where`(isPositive, target, 1))
  return reduction(entropy - weighted(target, logProbabilities), mask: mask)
}
