import ChainRuleCore

/// weight · value, and 0 where the weight is 0 although the value is infinite: what counts nothing adds nothing.
func weighted(_ weight: Node, _ value: Node) -> Node {
  let isUncounted = equal(weight, 0) * equal(abs(value.stoppingGradient()), .infinity)
  return weight * `where`(isUncounted, 0, value)
}

/// What a mask lets a loss see of an input: 0 elsewhere, so that nothing comes back from there, be it infinite or NaN.
/// A mask of rows counts for all that a row holds.
func seen(_ x: Node, _ mask: Node?) -> Node {
  guard var mask, mask.error == nil, x.error == nil, x.elementType != .int32, mask.shape.rank <= x.shape.rank,
    mask.shape.dimensions[...] == x.shape.dimensions.prefix(mask.shape.rank)
  else { return x }
  while mask.shape.rank < x.shape.rank { mask = mask.expandingDimension(at: -1) }
  return `where`(mask, x, 0)
}

/// A node that says which setting of a loss or a layer is out of its range; nil for one that is not.
func settingMistake(_ name: String, _ x: Node, _ isRight: Bool, _ required: String, _ got: Double) -> Node? {
  if x.error != nil { return x }
  return isRight ? nil : x.graph.failed(ChainRuleError(.value, in: name, required: required, got: "\(got)"))
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
