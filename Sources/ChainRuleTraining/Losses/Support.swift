import ChainRuleCore

/// weight · value, and 0 where the weight is 0 although the value is infinite: what counts nothing adds nothing.
func weighted(_ weight: Node, _ value: Node) -> Node {
  let isUncounted = equal(weight, 0) * equal(abs(value.stoppingGradient()), .infinity)
  return weight * `where`(isUncounted, 0, value)
}

/// The mistake of comparing tensors of different shapes, which broadcasting would hide: `[n, 1]` and `[n]` make
/// `[n, n]`.
func shapeMistake(_ name: String, _ prediction: Node, _ target: Node) -> Node? {
  if let broken = [prediction, target].first(where: { $0.error != nil }) { return broken }
  guard prediction.shape != target.shape else { return nil }
  return prediction.graph.failed(
    ChainRuleError(
      .shape, in: name, required: "a target of the prediction's shape \(prediction.shape)", got: "\(target.shape)",
      hint: "Reshape one of them: broadcasting would compare everything with everything."))
}
