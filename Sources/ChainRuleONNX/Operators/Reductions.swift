import ChainRuleCore
import ChainRuleMathematics

extension Operators {
  /// A reduction over axes that are an attribute or an input, all of them where nothing is said.
  private static func reduction(
    empty: Double = 0, _ function: @escaping @Sendable (Node, [Int], Bool) -> Node
  ) -> Operator {
    { call in
      let x = try call.node(0), keeps = call.flag("keepdims", true)
      var axes = try call.integers("axes", orInput: 1) ?? []
      if axes.isEmpty {
        if call.flag("noop_with_empty_axes") {
          return try call.result(function(x.expandingDimension(at: 0), [0], false))
        }
        axes = Array(0..<x.shape.rank)
      }
      let places = try axes.map { try call.axis($0, rank: x.shape.rank) }
      if places.contains(where: { x.shape[$0] == 0 }) {
        let shape = x.shape.reduced(over: places, keepingDimensions: keeps)
        return try call.result(call.graph.constant(Tensor(shape: shape, repeating: empty)))
      }
      return try call.result(x.shape.rank == 0 ? function(x.reshaped(to: [1]), [0], false) : function(x, places, keeps))
    }
  }

  static let reductions: [String: Operator] = [
    "ReduceSum": reduction { $0.sum(axes: $1, keepingDimensions: $2) },
    "ReduceMean": reduction(empty: .nan) { $0.mean(axes: $1, keepingDimensions: $2) },
    "ReduceMax": reduction(empty: -.infinity) { $0.max(axes: $1, keepingDimensions: $2) },
    "ReduceMin": reduction(empty: .infinity) { $0.min(axes: $1, keepingDimensions: $2) },
    "ReduceProd": reduction(empty: 1) { $0.product(axes: $1, keepingDimensions: $2) },
    "ReduceL1": reduction { abs($0).sum(axes: $1, keepingDimensions: $2) },
    "ReduceL2": reduction { sqrt(square($0).sum(axes: $1, keepingDimensions: $2)) },
    "ReduceLogSum": reduction(empty: -.infinity) { log($0.sum(axes: $1, keepingDimensions: $2)) },
    "ReduceLogSumExp": reduction(empty: -.infinity) { logSumExp($0, axes: $1, keepingDimensions: $2) },
    "ReduceSumSquare": reduction { square($0).sum(axes: $1, keepingDimensions: $2) },
  ]
}
