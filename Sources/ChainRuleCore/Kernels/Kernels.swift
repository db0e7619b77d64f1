import CKernels

/// The bridge to the C kernels: shapes and types are checked here, loops run there.
///
/// Everything a primitive's `forward` needs is a function of tensors in an extension of it. Only files of this name,
/// `Kernels.swift` and `Kernels+….swift`, and `Opcode.swift` import `CKernels`.
package enum Kernels {
  /// One element, in double: the definition that the vector kernels are tested against.
  @inline(__always)
  package static func scalar(_ opcode: Opcode, _ a: Double, _ b: Double = 0, _ c: Double = 0) -> Double {
    cr_scalar(opcode, a, b, c)
  }

  /// Tensors of one shape (or rank 0, used for every element), combined element by element.
  static func elementwise(_ opcode: Opcode, _ inputs: [Tensor]) throws -> Tensor {
    if let error = inputs.lazy.compactMap(\.error).first { throw error }
    guard inputs.count == opcode.arity, let first = inputs.first else {
      throw ChainRuleError(
        .primitive, in: opcode.name, required: "\(opcode.arity) inputs", got: "\(inputs.count)")
    }
    let type: ElementType = inputs.contains { $0.elementType == .float32 } ? .float32 : .float64
    let operands = inputs.map { $0.converted(to: type) }
    let shape = operands.first { $0.shape.rank > 0 }?.shape ?? first.shape
    let result = try make(shape, type)
    func step(_ index: Int) -> Int32 { index < operands.count && operands[index].shape.rank > 0 ? 1 : 0 }
    func memory(_ index: Int) -> UnsafeRawPointer? {
      index < operands.count ? UnsafeRawPointer(operands[index].storage.base) : nil
    }
    withElement(isDouble: type == .float64) {
      $0.elementwise(
        opcode, result.count, result.storage.base, memory(0), step(0), memory(1), step(1), memory(2), step(2))
    }
    withExtendedLifetime(operands) {}
    return result
  }

  typealias Reduction = CKernels.Reduction

  /// Reduces over axes given as sorted positions; the result has none of them.
  static func reduce(_ reduction: Reduction, _ input: Tensor, axes: [Int]) throws -> Tensor {
    let input = try floating(input)
    let kept = (0..<input.shape.rank).filter { !axes.contains($0) }
    let resultShape = input.shape.reduced(over: axes, keepingDimensions: false)
    guard let firstAxis = axes.first, let lastAxis = axes.last else { return input }
    if lastAxis - firstAxis + 1 != axes.count {  // gather the reduced axes at the end
      let moved = try transpose(input, kept + axes)
      return try reduce(reduction, moved, axes: Array(kept.count..<input.shape.rank)).reshaped(to: resultShape)
    }
    let dimensions = input.shape.dimensions
    let outer = Shape(Array(dimensions[..<firstAxis])).elementCount
    let length = Shape(Array(dimensions[firstAxis...lastAxis])).elementCount
    let inner = Shape(Array(dimensions[(lastAxis + 1)...])).elementCount
    let result = try make(resultShape, input.elementType)
    reduce(
      reduction, isDouble: input.isDouble, outer: outer, count: length, inner: inner, result.storage.base,
      input.storage.base)
    withExtendedLifetime(input) {}
    return result
  }

  static func argmax(_ input: Tensor, axis: Int) throws -> Tensor {
    let input = try floating(input)
    let (outer, length, inner) = input.shape.split(at: axis)
    guard length > 0 else {
      throw ChainRuleError(.value, in: "argmax", required: "at least one element", got: "shape \(input.shape)")
    }
    let result = try make(input.shape.reduced(over: [axis], keepingDimensions: false), .int32)
    argmax(
      isDouble: input.isDouble, outer: outer, count: length, inner: inner, result.storage.base, input.storage.base)
    withExtendedLifetime(input) {}
    return result
  }

  static func softmax(_ input: Tensor, axis: Int) throws -> Tensor {
    let input = try floating(input)
    let (outer, length, inner) = input.shape.split(at: axis)
    let result = try make(input.shape, input.elementType)
    softmax(
      isDouble: input.isDouble, outer: outer, count: length, inner: inner, result.storage.base, input.storage.base)
    withExtendedLifetime(input) {}
    return result
  }

  static func cumulativeSum(_ input: Tensor, axis: Int, reverse: Bool) throws -> Tensor {
    let input = try floating(input)
    let (outer, length, inner) = input.shape.split(at: axis)
    let result = try make(input.shape, input.elementType)
    cumulativeSum(
      isDouble: input.isDouble, outer: outer, count: length, inner: inner, reverse: reverse, result.storage.base,
      input.storage.base)
    withExtendedLifetime(input) {}
    return result
  }

  /// A fresh tensor, or the error that prevented it.
  static func make(_ shape: Shape, _ type: ElementType) throws -> Tensor {
    let result = Tensor(uninitialized: shape, type)
    if let error = result.error { throw error }
    return result
  }

  /// The tensor as floating-point numbers (integers become doubles).
  static func floating(_ input: Tensor) throws -> Tensor {
    if let error = input.error { throw error }
    return input.elementType.isFloatingPoint ? input : input.converted(to: .float64)
  }
}

extension Tensor {
  /// Whether its elements take eight bytes.
  var isDouble: Bool { elementType == .float64 }
}
