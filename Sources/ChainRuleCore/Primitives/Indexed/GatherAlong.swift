/// out[i][j] = x[i][indices[i][j]] for axis 1, and likewise for the others; indices have x's rank.
struct GatherAlong: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "one element per index", derivatives: ["`ScatterAddAlong`", "none: an index"], call: "gatheredAlong",
    aliases: ["takeAlong"], hasWeightsOfOneSign: true)
  let axis: Int
  var name: String { "gatherAlong" }
  var arity: Int? { 2 }
  func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool { index == 1 || givesIndices }
  func shape(of inputs: [Shape]) throws -> Shape {
    let (x, indices) = (inputs[0], inputs[1])
    guard x.rank == indices.rank, (0..<x.rank).allSatisfy({ $0 == axis || x[$0] == indices[$0] }) else {
      throw ChainRuleError(
        .shape, in: name, required: "indices shaped like \(x) but for axis \(axis)", got: "\(indices)")
    }
    return indices
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let (places, _) = try Kernels.places(along: axis, of: inputs[0].shape, indices: inputs[1], in: name)
    let flat = inputs[0].reshaped(to: [inputs[0].count])
    return try Kernels.take(flat, at: places, axis: 0).reshaped(to: inputs[1].shape)
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 1 { return .none(reason: "indices only choose") }
    return .linear(self, transpose: ScatterAddAlong(axis: axis, length: inputs[0].shape[axis]), at: inputs[1])
  }
}

/// The transpose of `GatherAlong`: out[i][indices[i][j]] += x[i][j].
struct ScatterAddAlong: DescribedPrimitive, LinearEnclosure {
  static let descriptor = PrimitiveDescriptor(
    equation: "adds elements at indices", derivatives: ["`GatherAlong`", "none: an index"], hasWeightsOfOneSign: true)
  let axis: Int
  let length: Int
  var name: String { "scatterAddAlong" }
  var arity: Int? { 2 }
  func wantsIndices(_ index: Int, givesIndices: Bool) -> Bool { index == 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0] == inputs[1] else {
      throw ChainRuleError(
        .shape, in: name, required: "values shaped like the indices \(inputs[1])", got: "\(inputs[0])")
    }
    var lengths = inputs[0].dimensions
    lengths[axis] = length
    return Shape(lengths)
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let shape = try shape(of: inputs.map(\.shape))
    let (places, count) = try Kernels.places(along: axis, of: shape, indices: inputs[1], in: name)
    let flat = inputs[0].reshaped(to: [inputs[0].count])
    return try Kernels.takeTransposed(flat, at: places, axis: 0, length: count).reshaped(to: shape)
  }
  var indexInputs: Set<Int> { [1] }
  func terms(of inputs: [Shape]) -> Int { inputs[1].elementCount }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 1 { return .none(reason: "indices only choose") }
    return .linear(self, transpose: GatherAlong(axis: axis), at: inputs[1])
  }
}

extension Node {
  /// One element per index: out[i][j] = x[i][indices[i][j]] for axis 1. Indices have the rank of x.
  public func gatheredAlong(axis: Int, at indices: Node) -> Node {
    graph.attempt(self, indices) { GatherAlong(axis: try shape.position(ofAxis: axis, in: "gatherAlong")) }
  }
}
