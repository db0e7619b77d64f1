import CKernels

/// Pooling on tensors.
extension Kernels {
  static func maxPoolWinners(_ input: Tensor, _ pooling: Pooling) throws -> Tensor {
    let input = try floating(input)
    let shape = try pooling.outputShape(of: input.shape, in: "maxPool")
    let result = try make([shape[0] * shape[1], shape[2] * shape[3]], .int32)
    let windows = Windows(input: input.shape, output: shape, pooling, countsPadding: false)
    let spare = try make([shape[2] * shape[3]], input.elementType)
    windows.winners(
      0..<windows.planes, isDouble: input.elementType == .float64, input.storage.base,
      result.storage.pointer(Int32.self), spare: spare.storage.base)
    withExtendedLifetime((input, spare)) {}
    return result
  }

  static func averagePool(_ input: Tensor, _ pooling: Pooling, countsPadding: Bool, shape: Shape) throws -> Tensor {
    let input = try floating(input)
    let result = try make(shape, input.elementType)
    let windows = Windows(input: input.shape, output: shape, pooling, countsPadding: countsPadding)
    windows.average(
      0..<windows.planes, transposed: false, isDouble: input.elementType == .float64, input.storage.base,
      result.storage.base)
    withExtendedLifetime(input) {}
    return result
  }

  static func averagePoolTransposed(_ input: Tensor, _ pooling: Pooling, countsPadding: Bool, shape: Shape) throws
    -> Tensor
  {
    let input = try floating(input)
    let result = try make(shape, input.elementType)
    let windows = Windows(input: shape, output: input.shape, pooling, countsPadding: countsPadding)
    windows.average(
      0..<windows.planes, transposed: true, isDouble: input.elementType == .float64, input.storage.base,
      result.storage.base)
    withExtendedLifetime(input) {}
    return result
  }
}

/// The windows of every plane of a batch.
struct Windows: Sendable {
  let planes: Int
  private var shape = cr_pool()

  init(input: Shape, output: Shape, _ pooling: Pooling, countsPadding: Bool) {
    planes = input[0] * input[1]
    (shape.in_height, shape.in_width, shape.out_height, shape.out_width) = (input[2], input[3], output[2], output[3])
    (shape.window_height, shape.window_width) = (pooling.window[0], pooling.window[1])
    (shape.stride_y, shape.stride_x) = (pooling.geometry.stride[0], pooling.geometry.stride[1])
    (shape.pad_top, shape.pad_left) = (pooling.geometry.padding[0], pooling.geometry.padding[1])
    shape.counts_padding = countsPadding
  }

  /// Elements of a plane of the output.
  var places: Int { shape.out_height * shape.out_width }

  /// Where each window's largest element is; `spare` takes a plane of the elements themselves.
  func winners(
    _ planes: Range<Int>, isDouble: Bool, _ x: UnsafeMutableRawPointer, _ positions: UnsafeMutablePointer<Int32>,
    spare: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: shape) { shape in
      for plane in planes {
        let y = spare - plane * places * (isDouble ? 8 : 4)
        Kernels.withElement(isDouble: isDouble) { $0.maxPool(shape, plane..<plane + 1, x, y, positions) }
      }
    }
  }

  /// The mean of each window, or each number spread over its window.
  func average(
    _ planes: Range<Int>, transposed: Bool, isDouble: Bool, _ from: UnsafeMutableRawPointer,
    _ to: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: shape) { shape in
      Kernels.withElement(isDouble: isDouble) {
        transposed ? $0.averagePoolGradient(shape, planes, from, to) : $0.averagePool(shape, planes, from, to)
      }
    }
  }
}
