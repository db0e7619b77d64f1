extension LocalGradient {
  /// The shared local gradient of every reduction: the output is Σ weight · input over the axes to first order,
  /// with one weight per input element (sum: 1, max: who won, log-sum-exp: softmax).
  ///
  /// - `apply(t) = Σ_axes weights · t`, `transpose(u) = weights · broadcast(u)`.
  static func weightedReduction(weights: Node?, of input: Node, axes: [Int]) -> LocalGradient {
    let (inputShape, kept) = (input.shape, input.shape.reduced(over: axes, keepingDimensions: true))
    return .linear(
      apply: { tangent in (weights.map { $0 * tangent } ?? tangent).sum(axes: axes) },
      transpose: { upstream in
        let spread = upstream.reshaped(to: kept).broadcast(to: inputShape)
        return weights.map { $0 * spread } ?? spread
      })
  }
}

extension Shape {
  /// The shape after a reduction that means nothing without elements: a largest, a logarithm.
  package func reduced(overFilled axes: [Int], in origin: String) throws -> Shape {
    for axis in axes where self[axis] == 0 {
      throw ChainRuleError(.shape, in: origin, required: "at least one element", got: "shape \(self)")
    }
    return reduced(over: axes, keepingDimensions: false)
  }
}

extension Node {
  /// Records a reduction over axes that are checked first; kept axes have length 1.
  func reduced<P: Primitive>(_ name: String, _ axes: [Int]?, _ keepingDimensions: Bool, _ make: ([Int]) -> P) -> Node {
    if error != nil { return self }
    return graph.attempt(in: name) {
      let positions = try shape.positions(ofAxes: axes, in: name)
      let result = graph.recordGeneral(make(positions), [self])
      return keepingDimensions
        ? result.reshaped(to: shape.reduced(over: positions, keepingDimensions: true)) : result
    }
  }
}

extension Enclosure {
  /// One interval for the elements of each group that a reduction over axes brings together.
  func reduced(over axes: [Int], _ combine: ([Interval]) -> Interval) -> Enclosure {
    let groups = shape.groups(over: axes).map { $0.map { intervals[$0] } }
    return Enclosure(shape: shape.reduced(over: axes, keepingDimensions: false), groups.map(combine))
  }
}
