/// A tensor of one value into which the input is written at every `steps[i]`-th place from `starts[i]`:
/// padding, and the transpose of slicing (with 0).
struct Pad: DescribedPrimitive, EnclosedPrimitive, PrecisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "a border of one value, and gaps", derivatives: ["`Slice`"], call: "padded", aliases: ["pad"],
    hasWeightsOfOneSign: true)
  let shape: Shape
  let starts: [Int], steps: [Int]
  let filling: Double
  var name: String { "pad" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].rank == shape.rank else {
      throw ChainRuleError(.shape, in: name, required: "rank \(shape.rank)", got: "\(inputs[0])")
    }
    return shape
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let strides = shape.strides
    return try Kernels.pad(
      inputs[0], into: shape, strides: zip(strides, steps).map(*), offset: zip(strides, starts).map(*).reduce(0, +),
      filling: filling)
  }
  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let least = inputs[0].regularity
    return Enclosure(lower: try forward([inputs[0].lower]), upper: try forward([inputs[0].upper])) { _ in least }
  }
  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    let high = try forward([Tensor(shape: shapes[0], inputs[0].map(\.high))]).scalars
    let border = Pad(shape: shape, starts: starts, steps: steps, filling: 0)
    let low = try border.forward([Tensor(shape: shapes[0], inputs[0].map(\.low))]).scalars
    return zip(high, low).map { DoubleDouble($0, $1) }
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let out = Slice(starts: starts, counts: inputs[0].shape.dimensions, steps: steps)
    let zeros = Pad(shape: shape, starts: starts, steps: steps, filling: 0)
    return .linear(zeros, transpose: out)
  }
}

extension Node {
  /// A border of one value: `before[i]` and `after[i]` elements on each side of axis i.
  public func padded(before: [Int], after: [Int], value: Double = 0) -> Node {
    graph.attempt(self) {
      guard before.count == shape.rank, after.count == shape.rank, (before + after).allSatisfy({ $0 >= 0 }) else {
        throw ChainRuleError(
          .shape, in: "padded", required: "a width of at least 0 for each side of \(shape)",
          got: "\(before) and \(after)")
      }
      let lengths = try (0..<shape.rank).map { axis in
        let (front, overflowed) = shape[axis].addingReportingOverflow(before[axis])
        let (length, passed) = front.addingReportingOverflow(after[axis])
        guard !overflowed, !passed else {
          throw ChainRuleError(
            .shape, in: "padded", required: "lengths that fit memory", got: "\(shape), \(before) and \(after)")
        }
        return length
      }
      return Pad(
        shape: Shape(lengths), starts: before, steps: [Int](repeating: 1, count: shape.rank), filling: value)
    }
  }
}
