/// y = ln Σ eˣ over axes, shifted by the maximum so that nothing overflows. The weights are softmax(x): 0 where all
/// elements are −∞, and so is ln Σ eˣ.
struct LogSumExp: DescribedPrimitive, EnclosedPrimitive, PrecisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "ln Σ eˣ", derivatives: ["weight softmax x"], call: "logSumExp", hasWeightsOfOneSign: true)
  func detail(of inputs: [Shape]) -> String { axes(axes, of: inputs[0].rank) }
  let axes: [Int]
  var name: String { "logSumExp" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape { try inputs[0].reduced(overFilled: axes, in: name) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.reduce(.logSumExp, inputs[0], axes: axes) }

  /// It rises in every element, so its ends are those of all elements at once.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    inputs[0].reduced(over: axes) { group in
      let (low, high) = (Self.value(group.map(\.lower)), Self.value(group.map(\.upper)))
      return Interval(low.lower, high.upper, group.map(\.regularity).min() ?? .smooth)
    }
  }

  private static func value(_ numbers: [Double]) -> Interval {
    let largest = numbers.max() ?? 0
    guard largest.isFinite else { return Interval(largest) }
    let shifted = numbers.map { (Interval($0) - Interval(largest)).image(.exp) }
    return Interval(largest) + shifted.reduce(Interval(0), +).image(.log)
  }

  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    shapes[0].groups(over: axes).map { group in
      let values = group.map { inputs[0][$0] }, largest = values.max() ?? 0
      guard largest.isFinite else { return largest }
      return largest + values.reduce(0) { $0 + ($1 - largest).exp }.log
    }
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let x = inputs[0]
    if axes.count == 1 {
      return .weightedReduction(weights: x.graph.recordGeneral(Softmax(axis: axes[0]), [x]), of: x, axes: axes)
    }
    let kept = output.reshaped(to: x.shape.reduced(over: axes, keepingDimensions: true))
    // Less the lowest number, −∞ stays −∞ and weighs nothing.
    return .weightedReduction(weights: exp(x - maximum(kept, -x.graph.precision.largest)), of: x, axes: axes)
  }
}

/// ln Σ eˣ over the axes, one after the other, without overflow; −∞ where all elements are, with gradient 0.
public func logSumExp(_ x: Node, axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
  if x.error != nil { return x }
  return x.graph.attempt(in: "logSumExp") {
    let positions = try x.shape.positions(ofAxes: axes, in: "logSumExp").sorted()
    guard positions.count > 1 else {
      return x.reduced("logSumExp", positions, keepingDimensions) { LogSumExp(axes: $0) }
    }
    let total = positions.reversed().reduce(x) { $0.graph.recordGeneral(LogSumExp(axes: [$1]), [$0]) }
    return keepingDimensions
      ? total.reshaped(to: x.shape.reduced(over: positions, keepingDimensions: true)) : total
  }
}
