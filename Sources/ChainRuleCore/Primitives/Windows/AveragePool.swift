/// y = the mean of each window. With `countsPadding`, zeros of the padding count as elements.
struct AveragePool: DescribedPrimitive, LinearEnclosure {
  static let descriptor = PrimitiveDescriptor(
    equation: "the mean of each window", derivatives: ["`AveragePoolTransposed`"], call: "avgPool2d",
    aliases: ["averagePool2d"])
  let pooling: Pooling
  let countsPadding: Bool
  var name: String { "averagePool" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { try pooling.outputShape(of: inputs[0], in: name) }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.averagePool(
      inputs[0], pooling, countsPadding: countsPadding, shape: try shape(of: inputs.map(\.shape)))
  }
  /// At most as many as the smaller input has elements.
  func terms(of inputs: [Shape]) -> Int { inputs.map(\.elementCount).min() ?? 1 }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let size = [inputs[0].shape[2], inputs[0].shape[3]]
    return .linear(self, transpose: AveragePoolTransposed(pooling: pooling, countsPadding: countsPadding, size: size))
  }
}

/// The transpose of `AveragePool`: every number is spread evenly over its window.
struct AveragePoolTransposed: DescribedPrimitive, LinearEnclosure {
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
  /// At most as many as the smaller input has elements.
  func terms(of inputs: [Shape]) -> Int { inputs.map(\.elementCount).min() ?? 1 }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .linear(self, transpose: AveragePool(pooling: pooling, countsPadding: countsPadding))
  }
}

/// The mean of each window of `[batch, channels, height, width]`; the stride is the window's size unless given.
public func avgPool2d(
  _ x: Node, window: [Int], stride: [Int]? = nil, padding: [Int] = [0], countIncludePad countsPadding: Bool = true
) -> Node {
  x.graph.attempt(x) {
    AveragePool(
      pooling: try Pooling(window: window, stride: stride, padding: padding, in: "avgPool2d"),
      countsPadding: countsPadding)
  }
}
