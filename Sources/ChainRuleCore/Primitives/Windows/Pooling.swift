// Pooling: one number from each window of a plane. Windows that do not fit wholly are dropped.

/// What pooling needs to know of its windows.
struct Pooling: Hashable, Sendable {
  let window: [Int]
  let geometry: WindowGeometry

  /// - Throws: when an attribute is out of range, or a window could lie wholly in the padding.
  init(window: [Int], stride: [Int]?, padding: [Int], in origin: String) throws {
    self.window = try WindowGeometry.pair(window, least: 1, "window", origin)
    geometry = try WindowGeometry(stride: stride ?? self.window, padding: padding, in: origin)
    for (length, border) in zip(self.window, geometry.padding) where border >= length {
      throw ChainRuleError(
        .shape, in: origin, required: "padding smaller than the window \(self.window)", got: "\(geometry.padding)")
    }
  }

  func outputShape(of input: Shape, in origin: String) throws -> Shape {
    let size = geometry.outputSize(input: [input[2], input[3]], window: window)
    guard input.rank == 4, size[0] > 0, size[1] > 0 else {
      throw ChainRuleError(
        .shape, in: origin, required: "[batch, channels, height, width] that a window of \(window) fits",
        got: "\(input)")
    }
    return Shape([input[0], input[1]] + size)
  }
}

/// y = the largest element of each window. The first largest in row-major order takes all of the gradient; NaN wins.
struct MaxPool: DescribedPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "the largest of each window", derivatives: ["scatter to the winners"],
    convention: "the first in row-major order takes all")
  let pooling: Pooling
  var name: String { "maxPool" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { try pooling.outputShape(of: inputs[0], in: name) }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let positions = try winners.forward(inputs)
    let rows = inputs[0].reshaped(to: planes(inputs[0].shape))
    return try GatherAlong(axis: 1).forward([rows, positions]).reshaped(to: try shape(of: inputs.map(\.shape)))
  }

  /// The winners' positions make it a reading at indices: the tangent is read there, upstream is added there.
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (input, result) = (inputs[0].shape, output.shape)
    let positions = output.graph.recordGeneral(winners, inputs)
    let forth = GatherAlong(axis: 1), back = ScatterAddAlong(axis: 1, length: input[2] * input[3])
    let (inputPlanes, resultPlanes) = (planes(input), planes(result))
    return .linear(
      apply: { $0.graph.recordGeneral(forth, [$0.reshaped(to: inputPlanes), positions]).reshaped(to: result) },
      transpose: { $0.graph.recordGeneral(back, [$0.reshaped(to: resultPlanes), positions]).reshaped(to: input) })
  }

  func branches(of inputs: [Tensor]) throws -> Tensor { try winners.forward(inputs).converted(to: .float64) }

  var winners: MaxPoolWinners { MaxPoolWinners(pooling: pooling) }
  private func planes(_ shape: Shape) -> Shape { [shape[0] * shape[1], shape[2] * shape[3]] }
}

/// Where in its plane each window's largest element stands: `[n, c, h, w] → [n·c, p·q]`, as indices.
struct MaxPoolWinners: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "where each window's largest lies", derivatives: ["none: an index"])
  let pooling: Pooling
  var name: String { "maxPoolWinners" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    let result = try pooling.outputShape(of: inputs[0], in: name)
    return [result[0] * result[1], result[2] * result[3]]
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.maxPoolWinners(inputs[0], pooling) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "an index does not change with the values it points at")
  }
  func branches(of inputs: [Tensor]) throws -> Tensor { try forward(inputs).converted(to: .float64) }
}

/// y = the mean of each window. With `countsPadding`, zeros of the padding count as elements.
struct AveragePool: DescribedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "the mean of each window", derivatives: ["`AveragePoolTransposed`"])
  let pooling: Pooling
  let countsPadding: Bool
  var name: String { "averagePool" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { try pooling.outputShape(of: inputs[0], in: name) }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.averagePool(
      inputs[0], pooling, countsPadding: countsPadding, shape: try shape(of: inputs.map(\.shape)))
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let size = [inputs[0].shape[2], inputs[0].shape[3]]
    let back = AveragePoolTransposed(pooling: pooling, countsPadding: countsPadding, size: size)
    return .linear(apply: { $0.graph.recordGeneral(self, [$0]) }, transpose: { $0.graph.recordGeneral(back, [$0]) })
  }
}

/// The transpose of `AveragePool`: every number is spread evenly over its window.
struct AveragePoolTransposed: DescribedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "each mean spread over its window", derivatives: ["`AveragePool`"])
  let pooling: Pooling
  let countsPadding: Bool
  let size: [Int]
  var name: String { "averagePoolTransposed" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    let shape = Shape([inputs[0][0], inputs[0][1]] + size)
    let expected = try pooling.outputShape(of: shape, in: name)
    guard expected == inputs[0] else {
      throw ChainRuleError(.shape, in: name, required: "shape \(expected)", got: "\(inputs[0])")
    }
    return shape
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.averagePoolTransposed(
      inputs[0], pooling, countsPadding: countsPadding, shape: try shape(of: inputs.map(\.shape)))
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let forth = AveragePool(pooling: pooling, countsPadding: countsPadding)
    return .linear(apply: { $0.graph.recordGeneral(self, [$0]) }, transpose: { $0.graph.recordGeneral(forth, [$0]) })
  }
}

/// The largest element of each window of `[batch, channels, height, width]`; padding never wins. The stride is the
/// window's size unless given. Where elements tie, the first in row-major order gets the gradient.
public func maxPool2d(_ x: Node, window: [Int], stride: [Int]? = nil, padding: [Int] = [0]) -> Node {
  x.graph.attempt(x) {
    MaxPool(pooling: try Pooling(window: window, stride: stride, padding: padding, in: "maxPool2d"))
  }
}

/// The mean of each window of `[batch, channels, height, width]`; the stride is the window's size unless given.
public func avgPool2d(
  _ x: Node, window: [Int], stride: [Int]? = nil, padding: [Int] = [0], countIncludePad: Bool = true
) -> Node {
  x.graph.attempt(x) {
    AveragePool(
      pooling: try Pooling(window: window, stride: stride, padding: padding, in: "avgPool2d"),
      countsPadding: countIncludePad)
  }
}
