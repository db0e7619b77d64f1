// Primitives that move elements: linear maps whose transposes move them back.

/// The input repeated along axes of length 1 (or missing in front) to fill a shape. Its transpose sums over them.
struct Broadcast: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "repeats along axes of length 1", derivatives: ["`Sum` over them"], movesElements: true)
  func detail(of inputs: [Shape]) -> String { written(shape) }
  let shape: Shape
  var name: String { "broadcast" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].broadcast(with: shape) == shape else {
      throw ChainRuleError(.shape, in: name, required: "a shape that broadcasts to \(shape)", got: "\(inputs[0])")
    }
    return shape
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.broadcast(inputs[0], to: shape) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (original, target) = (inputs[0].shape, shape)
    let missing = target.rank - original.rank
    let axes = (0..<target.rank).filter { $0 < missing || (original[$0 - missing] == 1 && target[$0] != 1) }
    return .linear(
      apply: { $0.broadcast(to: target) }, transpose: { $0.sum(axes: axes).reshaped(to: original) })
  }
}

/// The same elements in another shape.
struct Reshape: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "the same elements in another shape", derivatives: ["`Reshape` back"], movesElements: true)
  func detail(of inputs: [Shape]) -> String { written(shape) }
  let shape: Shape
  var name: String { "reshape" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs[0].elementCount == shape.elementCount, shape.dimensions.allSatisfy({ $0 >= 0 }) else {
      throw ChainRuleError(
        .shape, in: name, required: "a shape of \(inputs[0].elementCount) elements", got: "\(inputs[0]) to \(shape)")
    }
    return shape
  }
  func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].reshaped(to: shape) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (original, target) = (inputs[0].shape, shape)
    return .linear(apply: { $0.reshaped(to: target) }, transpose: { $0.reshaped(to: original) })
  }
}

/// Axis `i` of the output is axis `order[i]` of the input. Its transpose is the inverse order.
struct Transpose: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(
    equation: "axes in another order", derivatives: ["the inverse order"],
    notation: .form(text: .init("#0ᵀ", .power, .atom), latex: .init("#0^{\\top}", .power, .atom)), glyph: "ᵀ",
    movesElements: true)
  func detail(of inputs: [Shape]) -> String { order == Array(order.indices.reversed()) ? "" : "order \(order)" }
  let order: [Int]
  var name: String { "transpose" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { Shape(order.map { inputs[0][$0] }) }
  func forward(_ inputs: [Tensor]) throws -> Tensor { try Kernels.transpose(inputs[0], order) }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    var inverse = order
    for (position, axis) in order.enumerated() { inverse[axis] = position }
    return .linear(apply: { $0.transposed(order) }, transpose: { $0.transposed(inverse) })
  }
}

/// The elements in reverse order along axes; its own transpose.
struct Flip: DescribedPrimitive, DataMovement {
  static let descriptor = PrimitiveDescriptor(equation: "reversed axes", derivatives: ["itself"], movesElements: true)
  let axes: [Int]
  var name: String { "flip" }
  var arity: Int? { 1 }
  func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let shape = inputs[0].shape
    if shape.elementCount == 0 { return inputs[0] }
    var (strides, offset) = (shape.strides, 0)
    for axis in axes {
      offset += (shape[axis] - 1) * strides[axis]
      strides[axis] = -strides[axis]
    }
    return try Kernels.copy(inputs[0], shape: shape, strides: strides, offset: offset)
  }
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .linear(apply: { $0.flipped(axes: axes) }, transpose: { $0.flipped(axes: axes) })
  }
}

extension Node {
  /// The input repeated to fill a shape that it broadcasts to.
  public func broadcast(to shape: Shape) -> Node {
    self.shape == shape && error == nil ? self : graph.recordGeneral(Broadcast(shape: shape), [self])
  }

  /// The same elements in another shape; one length may be −1 and is then inferred.
  public func reshaped(to shape: Shape) -> Node {
    if error != nil || self.shape == shape { return self }
    var lengths = shape.dimensions
    if let open = lengths.firstIndex(of: -1) {
      lengths[open] = 1
      let known = Shape(lengths).elementCount
      lengths[open] = known > 0 && lengths.allSatisfy({ $0 >= 0 }) ? self.shape.elementCount / known : -1
    }
    return graph.recordGeneral(Reshape(shape: Shape(lengths)), [self])
  }

  /// Axes in another order; all reversed by default (the transpose of a matrix).
  public func transposed(_ order: [Int]? = nil) -> Node {
    graph.attempt(self) {
      let order = try (order ?? Array((0..<shape.rank).reversed())).map {
        try shape.position(ofAxis: $0, in: "transpose")
      }
      guard order.sorted() == Array(0..<shape.rank) else {
        throw ChainRuleError(
          .shape, in: "transpose", required: "each axis of \(shape) once", got: "order \(order)")
      }
      return Transpose(order: order)
    }
  }

  /// The elements in reverse order along the axes (all by default).
  public func flipped(axes: [Int]? = nil) -> Node {
    graph.attempt(self) { Flip(axes: try shape.positions(ofAxes: axes, in: "flip")) }
  }

  /// A new axis of length 1 at a position (negative positions count from the end of the result).
  public func expandingDimension(at axis: Int) -> Node {
    if error != nil { return self }
    let position = axis < 0 ? axis + shape.rank + 1 : axis
    guard (0...shape.rank).contains(position) else {
      return graph.failed(
        ChainRuleError(
          .shape, in: "expandingDimension", required: "a position in \(-shape.rank - 1)…\(shape.rank)", got: "\(axis)"))
    }
    var lengths = shape.dimensions
    lengths.insert(1, at: position)
    return reshaped(to: Shape(lengths))
  }

  /// Without an axis of length 1 (or without all of them).
  public func squeezingDimension(at axis: Int? = nil) -> Node {
    if error != nil { return self }
    guard let axis else { return reshaped(to: Shape(shape.dimensions.filter { $0 != 1 })) }
    do {
      let position = try shape.position(ofAxis: axis, in: "squeezingDimension")
      guard shape[position] == 1 else {
        throw ChainRuleError(
          .shape, in: "squeezingDimension", required: "an axis of length 1", got: "axis \(axis) of \(shape)")
      }
      var lengths = shape.dimensions
      lengths.remove(at: position)
      return reshaped(to: Shape(lengths))
    } catch { return graph.failed(error, in: "squeezingDimension") }
  }
}
