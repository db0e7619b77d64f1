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

  /// The lowest finite number: less than it, −∞ stays −∞ and weighs nothing.
  private static func lowest(_ graph: Graph) -> Double {
    graph.precision == .single ? -Double(Float.greatestFiniteMagnitude) : -Double.greatestFiniteMagnitude
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
    let kept = output.reshaped(to: x.shape.reduced(over: axes, keepingDimensions: true))
    return .weightedReduction(weights: exp(x - maximum(kept, Self.lowest(x.graph))), of: x, axes: axes)
  }
}

/// ln Σ eˣ over the axes, without overflow; −∞ where all elements are, with gradient 0.
public func logSumExp(_ x: Node, axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
  x.reduced("logSumExp", axes, keepingDimensions) { LogSumExp(axes: $0) }
}
