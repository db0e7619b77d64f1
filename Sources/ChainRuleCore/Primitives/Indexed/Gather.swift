/// Slices of x at the indices along an axis, which is replaced by the indices' shape. Repeated indices add up in the
/// transpose.
struct Gather: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "slices at indices", derivatives: ["`ScatterAdd`: repeated indices add up", "none: an index"],
    call: "gathered", aliases: ["gather", "take"], hasWeightsOfOneSign: true)
  let axis: Int
  var name: String { "gather" }
  var arity: Int? { 2 }
  func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool { index == 1 || givesIndices }
  func shape(of inputs: [Shape]) throws -> Shape {
    let x = inputs[0].dimensions
    guard axis < x.count else {
      throw ChainRuleError(.shape, in: name, required: "an axis \(axis)", got: "\(inputs[0])")
    }
    return Shape(Array(x[..<axis]) + inputs[1].dimensions + Array(x[(axis + 1)...]))
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.take(inputs[0], at: inputs[1], axis: axis) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 1 { return .none(reason: "indices only choose") }
    return .linear(self, transpose: ScatterAdd(axis: axis, length: inputs[0].shape[axis]), at: inputs[1])
  }
}

/// Zeros with the slices of x added at the indices of an axis of the given length: the transpose of `Gather`.
struct ScatterAdd: DescribedPrimitive, LinearEnclosure {
  static let descriptor = PrimitiveDescriptor(
    equation: "adds slices at indices", derivatives: ["`Gather`", "none: an index"], hasWeightsOfOneSign: true)
  let axis: Int
  let length: Int
  var name: String { "scatterAdd" }
  var arity: Int? { 2 }
  func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool { index == 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    let (x, indices) = (inputs[0].dimensions, inputs[1].dimensions)
    guard x.count >= axis + indices.count, Array(x[axis..<(axis + indices.count)]) == indices else {
      throw ChainRuleError(
        .shape, in: name, required: "the indices' shape \(inputs[1]) from axis \(axis)", got: "\(inputs[0])")
    }
    return Shape(Array(x[..<axis]) + [length] + Array(x[(axis + indices.count)...]))
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.takeTransposed(inputs[0], at: inputs[1], axis: axis, length: length)
  }
  var indexInputs: Set<Int> { [1] }
  func terms(of inputs: [Shape]) -> Int { inputs[1].elementCount }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 1 { return .none(reason: "indices only choose") }
    return .linear(self, transpose: Gather(axis: axis), at: inputs[1])
  }
}

extension Node {
  /// Slices at the indices along an axis, which is replaced by the indices' shape: `[n, d]` at `[b] → [b, d]`.
  public func gathered(at indices: Node, axis: Int = 0) -> Node {
    graph.attempt(self, indices) { Gather(axis: try shape.position(ofAxis: axis, in: "gather")) }
  }

  /// The slices along an axis added up by the segment that each belongs to: `[n, d]` with segments `[n]` gives
  /// `[count, d]`. Segments are indices below `count`, in any order; one that nothing belongs to is 0.
  public func segmentSum(_ segments: Node, count: Int, axis: Int = 0) -> Node {
    graph.attempt(self, segments) {
      guard count >= 0 else {
        throw ChainRuleError(.shape, in: "segmentSum", required: "a count of at least 0", got: "\(count)")
      }
      return ScatterAdd(axis: try shape.position(ofAxis: axis, in: "segmentSum"), length: count)
    }
  }
}
