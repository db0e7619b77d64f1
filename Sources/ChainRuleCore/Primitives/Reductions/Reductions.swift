/// y = Σ x over axes. The local gradient is the weight 1 for every element.
struct Sum: DescribedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "Σ x", derivatives: ["weight 1"], notation: .function(latex: "\\textstyle\\sum"), glyph: "sum",
    movesElements: true)
  func detail(of inputs: [Shape]) -> String { axes(axes, of: inputs[0].rank) }
  let axes: [Int]
  var name: String { "sum" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0].reduced(over: axes, keepingDimensions: false) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.reduce(.sum, inputs[0], axes: axes) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .weightedReduction(weights: nil, of: inputs[0], axes: axes)
  }
}

/// y = max x (or min x) over axes. The weight of an element is 1 if it alone is the largest, shared evenly among ties.
struct Extremum: DescribedPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "max x or min x", derivatives: ["weight 1 for the winner"], convention: "a tie is shared evenly",
    movesElements: true)
  func detail(of inputs: [Shape]) -> String { axes(axes, of: inputs[0].rank) }
  let isMaximum: Bool
  let axes: [Int]
  var name: String { isMaximum ? "max" : "min" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    for axis in axes where inputs[0][axis] == 0 {
      throw ChainRuleError(.shape, in: name, required: "at least one element", got: "shape \(inputs[0])")
    }
    return inputs[0].reduced(over: axes, keepingDimensions: false)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.reduce(isMaximum ? .max : .min, inputs[0], axes: axes)
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

/// y = ln Σ eˣ over axes, shifted by the maximum so that nothing overflows. The weights are softmax(x).
struct LogSumExp: DescribedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "ln Σ eˣ", derivatives: ["weight softmax x"], movesElements: true)
  func detail(of inputs: [Shape]) -> String { axes(axes, of: inputs[0].rank) }
  let axes: [Int]
  var name: String { "logSumExp" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    for axis in axes where inputs[0][axis] == 0 {
      throw ChainRuleError(.shape, in: name, required: "at least one element", got: "shape \(inputs[0])")
    }
    return inputs[0].reduced(over: axes, keepingDimensions: false)
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.reduce(.logSumExp, inputs[0], axes: axes) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let kept = inputs[0].shape.reduced(over: axes, keepingDimensions: true)
    return .weightedReduction(weights: exp(inputs[0] - output.reshaped(to: kept)), of: inputs[0], axes: axes)
  }
}

/// The position of the first largest element along an axis: an index, so no gradient flows.
struct Argmax: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "position of the first largest", derivatives: ["none: an index"])
  let axis: Int
  var name: String { "argmax" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0][axis] > 0 else {
      throw ChainRuleError(.shape, in: name, required: "at least one element", got: "shape \(inputs[0])")
    }
    return inputs[0].reduced(over: [axis], keepingDimensions: false)
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.argmax(inputs[0], axis: axis) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "an index does not change with the values it points at")
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try forward(inputs).converted(to: .float64) }
}

extension Node {
  /// Σ over the axes (all of them by default).
  public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    reduced("sum", axes, keepingDimensions) { Sum(axes: $0) }
  }

  /// The largest element over the axes; tied elements share the gradient evenly.
  public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    reduced("max", axes, keepingDimensions) { Extremum(isMaximum: true, axes: $0) }
  }

  /// The smallest element over the axes; tied elements share the gradient evenly.
  public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
    reduced("min", axes, keepingDimensions) { Extremum(isMaximum: false, axes: $0) }
  }

  /// The position of the first largest element along an axis, as Int32 indices.
  public func argmax(axis: Int = -1) -> Node {
    graph.attempt(self) { Argmax(axis: try shape.position(ofAxis: axis, in: "argmax")) }
  }

  func reduced<P: Primitive>(_ name: String, _ axes: [Int]?, _ keepingDimensions: Bool, _ make: ([Int]) -> P) -> Node {
    if error != nil { return self }
    do {
      let positions = try shape.positions(ofAxes: axes, in: name)
      let result = graph.recordGeneral(make(positions), [self])
      return keepingDimensions
        ? result.reshaped(to: shape.reduced(over: positions, keepingDimensions: true)) : result
    } catch { return graph.failed(error, in: name) }
  }
}

/// ln Σ eˣ over the axes, without overflow.
public func logSumExp(_ x: Node, axes: [Int]? = nil, keepingDimensions: Bool = false) -> Node {
  x.reduced("logSumExp", axes, keepingDimensions) { LogSumExp(axes: $0) }
}

extension Graph {
  /// Records a primitive whose attributes may turn out to be wrong.
  func attempt<P: Primitive>(_ inputs: Node..., make: () throws -> P) -> Node {
    if let broken = inputs.first(where: { $0.error != nil }) { return broken }
    do { return recordGeneral(try make(), inputs) } catch { return failed(error, in: "\(P.self)") }
  }
}
