// Reading at indices and its transpose, adding up at indices: each is the other's gradient, to any order.

/// Slices of x at the indices along an axis, which is replaced by the indices' shape. Repeated indices add up in the
/// transpose.
struct Gather: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "slices at indices", derivatives: ["`ScatterAdd`: repeated indices add up", "none: an index"],
    movesElements: true)
  let axis: Int
  var name: String { "gather" }
  var arity: Int? { 2 }
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
    let (indices, back) = (inputs[1], ScatterAdd(axis: axis, length: inputs[0].shape[axis]))
    return .linear(
      apply: { $0.graph.recordGeneral(self, [$0, indices]) },
      transpose: { $0.graph.recordGeneral(back, [$0, indices]) })
  }
}

/// Zeros with the slices of x added at the indices of an axis of the given length: the transpose of `Gather`.
struct ScatterAdd: DescribedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "adds slices at indices", derivatives: ["`Gather`", "none: an index"], movesElements: true)
  let axis: Int
  let length: Int
  var name: String { "scatterAdd" }
  var arity: Int? { 2 }
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
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 1 { return .none(reason: "indices only choose") }
    let (indices, back) = (inputs[1], Gather(axis: axis))
    return .linear(
      apply: { $0.graph.recordGeneral(self, [$0, indices]) },
      transpose: { $0.graph.recordGeneral(back, [$0, indices]) })
  }
}

/// out[i][j] = x[i][indices[i][j]] for axis 1, and likewise for the others; indices have x's rank.
struct GatherAlong: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "one element per index", derivatives: ["`ScatterAddAlong`", "none: an index"], movesElements: true)
  let axis: Int
  var name: String { "gatherAlong" }
  var arity: Int? { 2 }
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
    let (indices, back) = (inputs[1], ScatterAddAlong(axis: axis, length: inputs[0].shape[axis]))
    return .linear(
      apply: { $0.graph.recordGeneral(self, [$0, indices]) },
      transpose: { $0.graph.recordGeneral(back, [$0, indices]) })
  }
}

/// The transpose of `GatherAlong`: out[i][indices[i][j]] += x[i][j].
struct ScatterAddAlong: DescribedPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "adds elements at indices", derivatives: ["`GatherAlong`", "none: an index"], movesElements: true)
  let axis: Int
  let length: Int
  var name: String { "scatterAddAlong" }
  var arity: Int? { 2 }
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
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 1 { return .none(reason: "indices only choose") }
    let (indices, back) = (inputs[1], GatherAlong(axis: axis))
    return .linear(
      apply: { $0.graph.recordGeneral(self, [$0, indices]) },
      transpose: { $0.graph.recordGeneral(back, [$0, indices]) })
  }
}

extension Kernels {
  /// Row-major positions in a tensor of the given shape for indices along one axis.
  static func places(along axis: Int, of shape: Shape, indices: Tensor, in origin: String) throws -> (
    places: Tensor, count: Int
  ) {
    let checked = try positions(indices, below: shape[axis], in: origin)
    let places = try make([indices.count], .int32)
    let (index, place) = (checked.storage.pointer(Int32.self), places.storage.pointer(Int32.self))
    let (outer, length, inner) = indices.shape.split(at: axis)
    guard shape.elementCount <= Int(Int32.max) else {
      throw ChainRuleError(.value, in: origin, required: "at most 2³¹ elements", got: "\(shape)")
    }
    var position = 0
    for row in 0..<outer {
      for _ in 0..<length {
        for column in 0..<inner {
          place[position] = Int32((row * shape[axis] + Int(index[position])) * inner + column)
          position += 1
        }
      }
    }
    return (places, shape.elementCount)
  }
}

/// Rows of zeros with a one at each index: `[…] → […, depth]`. No gradient flows to the indices.
struct OneHot: DescribedPrimitive {
  static let descriptor = PrimitiveDescriptor(equation: "1 at each index, else 0", derivatives: ["none: an index"])
  let depth: Int
  var name: String { "oneHot" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { Shape(inputs[0].dimensions + [depth]) }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let indices = try Kernels.positions(inputs[0], below: depth, in: name)
    let result = Tensor(shape: try shape(of: [inputs[0].shape]), repeating: 0)
    if let error = result.error { throw error }
    for position in 0..<indices.count {
      result.storage.pointer(Double.self)[position * depth + Int(indices.storage.pointer(Int32.self)[position])] = 1
    }
    return result
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "indices only choose")
  }
}

extension Node {
  /// Slices at the indices along an axis, which is replaced by the indices' shape: `[n, d]` at `[b] → [b, d]`.
  public func gathered(at indices: Node, axis: Int = 0) -> Node {
    graph.attempt(self, indices) { Gather(axis: try shape.position(ofAxis: axis, in: "gather")) }
  }

  /// One element per index: out[i][j] = x[i][indices[i][j]] for axis 1. Indices have the rank of x.
  public func gatheredAlong(axis: Int, at indices: Node) -> Node {
    graph.attempt(self, indices) { GatherAlong(axis: try shape.position(ofAxis: axis, in: "gatherAlong")) }
  }

  /// The indices as rows of zeros with a one: `[…] → […, depth]`.
  public func oneHot(depth: Int) -> Node {
    graph.attempt(self) {
      guard depth > 0 else {
        throw ChainRuleError(.shape, in: "oneHot", required: "a depth of at least 1", got: "\(depth)")
      }
      return OneHot(depth: depth)
    }
  }
}
