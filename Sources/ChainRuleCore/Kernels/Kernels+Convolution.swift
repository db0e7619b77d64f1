import CKernels

/// Convolution and its gradients on tensors.
extension Kernels {
  static func convolution(_ x: Tensor, _ w: Tensor, _ geometry: WindowGeometry, shape: Shape) throws -> Tensor {
    let (x, w) = try sameFloating(x, w)
    let plan = ConvolutionPlan(
      .forward, x: x.shape, w: w.shape, y: shape, geometry, isDouble: x.elementType == .float64)
    return try run(plan, x, w, shape)
  }

  static func convolutionInputGradient(_ u: Tensor, _ w: Tensor, _ geometry: WindowGeometry, shape: Shape) throws
    -> Tensor
  {
    let (u, w) = try sameFloating(u, w)
    let isDouble = u.elementType == .float64
    return try run(
      ConvolutionPlan(.inputGradient, x: shape, w: w.shape, y: u.shape, geometry, isDouble: isDouble), u, w, shape)
  }

  static func convolutionWeightGradient(_ x: Tensor, _ u: Tensor, _ geometry: WindowGeometry, shape: Shape) throws
    -> Tensor
  {
    let (x, u) = try sameFloating(x, u)
    let isDouble = x.elementType == .float64
    return try run(
      ConvolutionPlan(.weightGradient, x: x.shape, w: shape, y: u.shape, geometry, isDouble: isDouble), x, u, shape)
  }

  private static func run(_ plan: ConvolutionPlan, _ a: Tensor, _ b: Tensor, _ shape: Shape) throws -> Tensor {
    let result = try make(shape, a.elementType)
    if result.isEmpty { return result }
    let scratch = try RawMemory.allocate(bytes: plan.scratchBytes + 64, in: "convolution")
    defer { RawMemory.release(scratch) }
    let partials = try RawMemory.allocate(bytes: plan.partialBytes + 64, in: "convolution")
    defer { RawMemory.release(partials) }
    plan.run(0..<plan.parts, a.storage.base, b.storage.base, result.storage.base, partials, scratch: scratch)
    plan.finish(result.storage.base, partials)
    withExtendedLifetime((a, b)) {}
    return result
  }

  /// Two tensors as floating-point numbers of one type.
  static func sameFloating(_ a: Tensor, _ b: Tensor) throws -> (Tensor, Tensor) {
    let type: ElementType = a.elementType == .float32 || b.elementType == .float32 ? .float32 : .float64
    return (try floating(a).converted(to: type), try floating(b).converted(to: type))
  }
}

/// One of the three maps of a convolution over plain memory, in parts that threads may share out: images, or the
/// chunks of images whose weight gradients are added up at the end in a fixed order.
struct ConvolutionPlan: Sendable {
  enum Map: Sendable { case forward, inputGradient, weightGradient }

  let map: Map
  let isDouble: Bool
  private var shape = cr_conv()

  init(_ map: Map, x: Shape, w: Shape, y: Shape, _ geometry: WindowGeometry, isDouble: Bool) {
    (self.map, self.isDouble) = (map, isDouble)
    (shape.batch, shape.groups, shape.in_channels, shape.out_channels) = (x[0], geometry.groups, x[1], w[0])
    (shape.in_height, shape.in_width, shape.out_height, shape.out_width) = (x[2], x[3], y[2], y[3])
    (shape.kernel_height, shape.kernel_width) = (w[2], w[3])
    // One position needs no step, and a long one would split the image into so many phases.
    (shape.stride_y, shape.stride_x) = (y[2] == 1 ? 1 : geometry.stride[0], y[3] == 1 ? 1 : geometry.stride[1])
    (shape.pad_top, shape.pad_left) = (geometry.padding[0], geometry.padding[1])
    (shape.dilation_y, shape.dilation_x) = (geometry.dilation[0], geometry.dilation[1])
  }

  /// Multiplications and additions.
  var flops: Double {
    2 * Double(shape.batch * shape.out_channels * shape.out_height * shape.out_width)
      * Double(shape.in_channels / shape.groups * shape.kernel_height * shape.kernel_width)
  }

  var parts: Int {
    if map != .weightGradient { return shape.batch }
    return withUnsafePointer(to: shape) { shape in
      Kernels.withElement(isDouble: isDouble) { $0.weightGradientChunks(shape) }
    }
  }

  /// Bytes for each thread.
  var scratchBytes: Int {
    withUnsafePointer(to: shape) { shape in
      Kernels.withElement(isDouble: isDouble) {
        switch map {
        case .forward: $0.forwardScratchBytes(shape)
        case .inputGradient: $0.inputGradientScratchBytes(shape)
        case .weightGradient: $0.weightGradientScratchBytes(shape)
        }
      }
    }
  }

  var partialBytes: Int {
    if map != .weightGradient { return 0 }
    return withUnsafePointer(to: shape) { shape in
      Kernels.withElement(isDouble: isDouble) { $0.weightGradientPartialBytes(shape) }
    }
  }

  func run(
    _ parts: Range<Int>, _ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer, _ result: UnsafeMutableRawPointer,
    _ partials: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: shape) { conv in
      Kernels.withElement(isDouble: isDouble) {
        switch map {
        case .forward: $0.convolve(conv, parts, a, b, result, scratch)
        case .inputGradient: $0.inputGradient(conv, parts, a, b, result, scratch)
        case .weightGradient: $0.weightGradient(conv, parts, a, b, partials, scratch)
        }
      }
    }
  }

  /// Adds up the chunks of a weight gradient.
  func finish(_ result: UnsafeMutableRawPointer, _ partials: UnsafeMutableRawPointer) {
    guard map == .weightGradient else { return }
    withUnsafePointer(to: shape) { shape in
      Kernels.withElement(isDouble: isDouble) { $0.finishWeightGradient(shape, partials, result) }
    }
  }
}
