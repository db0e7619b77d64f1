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
}

/// The largest element of each window of `[batch, channels, height, width]`; padding never wins.
///
/// The stride is the window's size unless given. Where elements tie, the first in row-major order gets the gradient.
public func maxPool2d(_ x: Node, window: [Int], stride: [Int]? = nil, padding: [Int] = [0]) -> Node {
  x.graph.attempt(x) {
    MaxPool(pooling: try Pooling(window: window, stride: stride, padding: padding, in: "maxPool2d"))
  }
}
