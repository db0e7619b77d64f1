/// Kernels that move elements without computing: copies with strides, takes along an axis.
extension Kernels {
  /// Reads a strided view of the input into a contiguous tensor of the given shape.
  static func copy(_ input: Tensor, shape: Shape, strides: [Int], offset: Int = 0) throws -> Tensor {
    if let error = input.error { throw error }
    let result = try make(shape, input.elementType)
    if result.isEmpty { return result }
    let bytes = input.elementType.stride  // integers are the same 32-bit moves as floats
    copyStrided(
      wide: bytes == 8, shape: shape.dimensions, strides: strides, result.storage.base,
      input.storage.base + offset * bytes)
    withExtendedLifetime(input) {}
    return result
  }

  /// A tensor of one value, zeros unless given, with the input written to a strided view of it.
  static func pad(_ input: Tensor, into shape: Shape, strides: [Int], offset: Int, filling: Double = 0) throws
    -> Tensor
  {
    let input = try floating(input)
    let result = try make(shape, input.elementType)
    result.fill(with: filling)
    if !input.isEmpty {
      padStrided(
        isDouble: input.isDouble, shape: input.shape.dimensions, strides: strides,
        result.storage.base + offset * input.elementType.stride, input.storage.base)
    }
    withExtendedLifetime(input) {}
    return result
  }

  /// The input repeated along axes of length 1 (or missing ones) to fill a shape that it broadcasts to.
  package static func broadcast(_ input: Tensor, to shape: Shape) throws -> Tensor {
    if input.shape == shape { return input }
    let missing = shape.rank - input.shape.rank
    var strides = [Int](repeating: 0, count: shape.rank)
    for (axis, step) in input.shape.strides.enumerated() where input.shape[axis] != 1 { strides[axis + missing] = step }
    return try copy(input, shape: shape, strides: strides)
  }

  /// Axis `i` of the result is axis `order[i]` of the input.
  static func transpose(_ input: Tensor, _ order: [Int]) throws -> Tensor {
    let strides = input.shape.strides
    return try copy(input, shape: Shape(order.map { input.shape[$0] }), strides: order.map { strides[$0] })
  }

  /// Checked 32-bit positions below a limit.
  static func positions(_ indices: Tensor, below limit: Int, in origin: String) throws -> Tensor {
    let indices = try indices.asIndices(in: origin)
    let pointer = indices.storage.pointer(Int32.self)
    for position in 0..<indices.count where pointer[position] < 0 || Int(pointer[position]) >= limit {
      throw ChainRuleError(
        .value, in: origin, required: "indices in 0..<\(limit)", got: "\(pointer[position]) at position \(position)")
    }
    return indices
  }

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

  /// Slices of the input at the indices along an axis, which is replaced by the indices' shape.
  static func take(_ input: Tensor, at indices: Tensor, axis: Int) throws -> Tensor {
    let (outer, length, inner) = input.shape.split(at: axis)
    let positions = try positions(indices, below: length, in: "gather")
    let dimensions = input.shape.dimensions
    let result = try make(
      Shape(Array(dimensions[..<axis]) + indices.shape.dimensions + Array(dimensions[(axis + 1)...])), input.elementType
    )
    take(
      isDouble: input.isDouble, outer: outer, length: length, inner: inner, count: positions.count,
      positions.storage.pointer(Int32.self), result.storage.base, input.storage.base)
    withExtendedLifetime((input, positions)) {}
    return result
  }

  /// The transpose of `take`: slices of the input are added up at the indices of an axis of the given length.
  static func takeTransposed(_ input: Tensor, at indices: Tensor, axis: Int, length: Int) throws -> Tensor {
    let input = try floating(input)
    let positions = try positions(indices, below: length, in: "scatterAdd")
    let dimensions = input.shape.dimensions
    let after = Array(dimensions[(axis + indices.shape.rank)...])
    let shape = Shape(Array(dimensions[..<axis]) + [length] + after)
    let (outer, _, inner) = shape.split(at: axis)
    let result = try make(shape, input.elementType)
    takeTransposed(
      isDouble: input.isDouble, outer: outer, length: length, inner: inner, count: positions.count,
      positions.storage.pointer(Int32.self), result.storage.base, input.storage.base)
    withExtendedLifetime((input, positions)) {}
    return result
  }
}

extension Tensor {
  /// Writes a number to every element of a fresh tensor of floating-point numbers.
  fileprivate func fill(with number: Double) {
    if isDouble {
      storage.pointer(Double.self).update(repeating: number, count: count)
    } else {
      storage.pointer(Float.self).update(repeating: Float(number), count: count)
    }
  }
}
