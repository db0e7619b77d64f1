/// y = max x (or min x) over axes. The weight of an element is 1 if it alone is the largest, shared evenly among ties.
struct Extremum: DescribedPrimitive, PiecewisePrimitive, EnclosedPrimitive, PrecisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "max x or min x", derivatives: ["weight 1 for the winner"], convention: "a tie is shared evenly",
    hasWeightsOfOneSign: true)
  func detail(of inputs: [Shape]) -> String { axes(axes, of: inputs[0].rank) }
  let isMaximum: Bool
  let axes: [Int]
  var name: String { isMaximum ? "max" : "min" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape { try inputs[0].reduced(overFilled: axes, in: name) }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.reduce(isMaximum ? .max : .min, inputs[0], axes: axes)
  }

  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    inputs[0].reduced(over: axes) { group in
      let largest = group.dropFirst().reduce(isMaximum ? group[0] : -group[0]) {
        $0.larger(isMaximum ? $1 : -$1)
      }
      return isMaximum ? largest : -largest
    }
  }

  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    shapes[0].groups(over: axes).map { group in
      let values = group.map { inputs[0][$0] }
      return (isMaximum ? values.max() : values.min()) ?? 0
    }
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let kept = inputs[0].shape.reduced(over: axes, keepingDimensions: true)
    let winners = equal(inputs[0], output.reshaped(to: kept))
    return .weightedReduction(
      weights: winners / winners.sum(axes: axes, keepingDimensions: true), of: inputs[0], axes: axes)
  }

  func branches(of inputs: [Tensor]) throws -> Tensor {
    let kept = inputs[0].shape.reduced(over: axes, keepingDimensions: true)
    let best = try Kernels.broadcast(try forward(inputs).reshaped(to: kept), to: inputs[0].shape)
    return try Kernels.elementwise(.equal, [inputs[0], best])
  }
}

extension Node {
  /// The largest element over the axes; tied elements share the gradient evenly.
  public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    reduced("max", axes, keepingDimensions) { Extremum(isMaximum: true, axes: $0) }
  }

  /// The smallest element over the axes; tied elements share the gradient evenly.
  public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    reduced("min", axes, keepingDimensions) { Extremum(isMaximum: false, axes: $0) }
  }
}
