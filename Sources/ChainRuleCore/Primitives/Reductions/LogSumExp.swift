/// y = ln Σ eˣ over axes, shifted by the maximum so that nothing overflows. The weights are softmax(x).
struct LogSumExp: DescribedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "ln Σ eˣ", derivatives: ["weight softmax x"], hasWeightsOfOneSign: true)
  func detail(of inputs: [Shape]) -> String { axes(axes, of: inputs[0].rank) }
  let axes: [Int]
  var name: String { "logSumExp" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape { try inputs[0].reduced(overFilled: axes, in: name) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.reduce(.logSumExp, inputs[0], axes: axes) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let kept = inputs[0].shape.reduced(over: axes, keepingDimensions: true)
    return .weightedReduction(weights: exp(inputs[0] - output.reshaped(to: kept)), of: inputs[0], axes: axes)
  }
}

/// ln Σ eˣ over the axes, without overflow.
public func logSumExp(_ x: Node, axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
  x.reduced("logSumExp", axes, keepingDimensions) { LogSumExp(axes: $0) }
}
