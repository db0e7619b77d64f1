import ChainRuleCore

extension Operators {
  static let losses: [String: Operator] = [
    "NegativeLogLikelihoodLoss": { call in try call.result(loss(call, call.node(0))) },
    "SoftmaxCrossEntropyLoss": { call in
      let logarithms = logSoftmax(try call.node(0), axis: 1), type = try call.type(0)
      return [.node(try loss(call, logarithms), type), .node(logarithms, type)]
    },
  ]

  /// −Σ weight · log-probability of the target class, of which the mean is weighted; classes lie along axis 1.
  private static func loss(_ call: Call, _ x: Node) throws -> Node {
    guard x.shape.rank >= 2 else { throw call.refused("[batch, classes, …] is needed, not \(x.shape)") }
    let classes = x.shape[1], rank = x.shape.rank
    let target = 1 * (try call.node(1)).expandingDimension(at: 1)
    let numbers = call.graph.constant(Tensor((0..<classes).map(Double.init)))
      .reshaped(to: Shape([classes] + [Int](repeating: 1, count: rank - 2)))
    var mask = equal(target, numbers)
    if call.hasAttribute("ignore_index") {
      mask = mask * (1 - equal(target, Double(call.integer("ignore_index", 0))))
    }
    if let weights = try call.nodeIfAny(2) { mask = mask * channels(weights, x) }
    let losses = -`where`(mask, mask * x, 0).sum(axes: [1])
    switch call.text("reduction", "mean") {
    case "none": return losses
    case "sum": return losses.sum()
    default: return losses.sum() / mask.sum()
    }
  }
}
