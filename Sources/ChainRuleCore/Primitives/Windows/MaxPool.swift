/// y = the largest element of each window. The first largest in row-major order takes all of the gradient; NaN wins.
struct MaxPool: DescribedPrimitive, PiecewisePrimitive, EnclosedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "the largest of each window", derivatives: ["scatter to the winners"],
    convention: "the first in row-major order takes all", call: "maxPool2d")
  let pooling: Pooling
  var name: String { "maxPool" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { try pooling.outputShape(of: inputs[0], in: name) }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let positions = try winners.forward(inputs)
    let rows = inputs[0].reshaped(to: planes(inputs[0].shape))
    return try GatherAlong(axis: 1).forward([rows, positions]).reshaped(to: try shape(of: inputs.map(\.shape)))
  }

  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let least = Swift.min(inputs[0].regularity, .continuous)
    return Enclosure(lower: try forward([inputs[0].lower]), upper: try forward([inputs[0].upper])) { _ in least }
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
  private func planes(_ shape: Shape) -> Shape {
    [Extents.product(shape[0], shape[1]), Extents.product(shape[2], shape[3])]
  }
}

/// Where in its plane each window's largest element stands: `[n, c, h, w] → [n·c, p·q]`, as indices.
struct MaxPoolWinners: DescribedPrimitive, IndexPrimitive, PiecewisePrimitive, EnclosedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "where each window's largest lies", derivatives: ["none: an index"])
  let pooling: Pooling
  var name: String { "maxPoolWinners" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    let result = try pooling.outputShape(of: inputs[0], in: name)
    return [Extents.product(result[0], result[1]), Extents.product(result[2], result[3])]
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.maxPoolWinners(inputs[0], pooling) }
  /// Decided where one element of each window is the largest throughout the box.
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let (x, output) = (inputs[0], try pooling.outputShape(of: inputs[0].shape, in: name))
    let (height, width) = (x.shape[2], x.shape[3])
    let winners = (0..<output.elementCount).map { position -> Interval in
      let start = position / (output[2] * output[3]) * height * width
      let (row, column) = (position / output[3] % output[2], position % output[3])
      let places = covered(0, row, below: height).flatMap { i in covered(1, column, below: width).map { i * width + $0 }
      }
      let winner = Interval.largest(of: places.map { x[start + $0] })
      return winner.map { Interval(Double(places[$0])) } ?? Interval(0, Double(height * width), .defined)
    }
    return Enclosure(shape: try shape(of: [x.shape]), winners)
  }

  /// Where along an axis of the image the window at an output position lies.
  private func covered(_ axis: Int, _ position: Int, below length: Int) -> Range<Int> {
    let first = position * pooling.geometry.stride[axis] - pooling.geometry.padding[axis]
    return Swift.max(first, 0)..<Swift.min(first + pooling.window[axis], length)
  }
}

/// The largest element of each window of `[batch, channels, height, width]`; padding never wins.
///
/// The stride is the window's size unless given. Where elements tie, the first in row-major order gets the gradient.
public func maxPool2d(_ x: Node, window: [Int], stride: [Int]? = nil, padding: [Int] = [0]) -> Node {
  x.graph.attempt(x) {
    MaxPool(pooling: try Pooling(window: window, stride: stride, padding: padding, in: "maxPool2d"))
  }
}
