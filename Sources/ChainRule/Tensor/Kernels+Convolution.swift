import CKernels

/// Convolution as unfolding and matrix products: the elements that each window reads become a column, so that
/// `y = w · columns`, `columns̄ = wᵀ · u` and `w̄ = u · columnsᵀ`.
extension Kernels {
  static func convolution(_ x: Tensor, _ w: Tensor, _ geometry: WindowGeometry, shape: Shape) throws -> Tensor {
    let (x, w) = try sameFloating(x, w)
    let result = try make(shape, x.elementType)
    let plan = ConvolutionPlan(x: x.shape, w: w.shape, y: shape, geometry)
    if x.elementType == .float64 {
      plan.forward(
        x.storage.pointer(Double.self), w.storage.pointer(Double.self), result.storage.pointer(Double.self), multiply)
    } else {
      plan.forward(
        x.storage.pointer(Float.self), w.storage.pointer(Float.self), result.storage.pointer(Float.self), multiply)
    }
    withExtendedLifetime((x, w)) {}
    return result
  }

  static func convolutionInputGradient(_ u: Tensor, _ w: Tensor, _ geometry: WindowGeometry, shape: Shape) throws
    -> Tensor
  {
    let (u, w) = try sameFloating(u, w)
    let result = try make(shape, u.elementType)
    let plan = ConvolutionPlan(x: shape, w: w.shape, y: u.shape, geometry)
    if u.elementType == .float64 {
      plan.inputGradient(
        u.storage.pointer(Double.self), w.storage.pointer(Double.self), result.storage.pointer(Double.self), multiply)
    } else {
      plan.inputGradient(
        u.storage.pointer(Float.self), w.storage.pointer(Float.self), result.storage.pointer(Float.self), multiply)
    }
    withExtendedLifetime((u, w)) {}
    return result
  }

  static func convolutionWeightGradient(_ x: Tensor, _ u: Tensor, _ geometry: WindowGeometry, shape: Shape) throws
    -> Tensor
  {
    let (x, u) = try sameFloating(x, u)
    let result = try make(shape, x.elementType)
    let plan = ConvolutionPlan(x: x.shape, w: shape, y: u.shape, geometry)
    if x.elementType == .float64 {
      plan.weightGradient(
        x.storage.pointer(Double.self), u.storage.pointer(Double.self), result.storage.pointer(Double.self), multiply)
    } else {
      plan.weightGradient(
        x.storage.pointer(Float.self), u.storage.pointer(Float.self), result.storage.pointer(Float.self), multiply)
    }
    withExtendedLifetime((x, u)) {}
    return result
  }

  /// Two tensors as floating-point numbers of one type.
  static func sameFloating(_ a: Tensor, _ b: Tensor) throws -> (Tensor, Tensor) {
    let type: ElementType = a.elementType == .float32 || b.elementType == .float32 ? .float32 : .float64
    return (try floating(a).converted(to: type), try floating(b).converted(to: type))
  }

  /// c = op(a) · op(b) + beta · c for contiguous matrices.
  private static func multiply(
    _ a: UnsafePointer<Double>, _ aTransposed: Bool, _ b: UnsafePointer<Double>, _ bTransposed: Bool,
    _ m: Int, _ n: Int, _ k: Int, beta: Double, _ c: UnsafeMutablePointer<Double>
  ) {
    cr_gemm_f64(aTransposed, bTransposed, m, n, k, 1, a, aTransposed ? m : k, b, bTransposed ? k : n, beta, c, n)
  }

  private static func multiply(
    _ a: UnsafePointer<Float>, _ aTransposed: Bool, _ b: UnsafePointer<Float>, _ bTransposed: Bool,
    _ m: Int, _ n: Int, _ k: Int, beta: Float, _ c: UnsafeMutablePointer<Float>
  ) {
    cr_gemm_f32(aTransposed, bTransposed, m, n, k, 1, a, aTransposed ? m : k, b, bTransposed ? k : n, beta, c, n)
  }
}

/// The lengths of one convolution, and its three maps over plain memory.
struct ConvolutionPlan {
  let batch: Int, groups: Int
  /// Channels of one group in the input and in the output.
  let channels: Int, outputs: Int
  let height: Int, width: Int, windowHeight: Int, windowWidth: Int, rows: Int, columns: Int
  let geometry: WindowGeometry

  init(x: Shape, w: Shape, y: Shape, _ geometry: WindowGeometry) {
    (batch, groups, channels, outputs) = (x[0], geometry.groups, w[1], w[0] / geometry.groups)
    (height, width, windowHeight, windowWidth, rows, columns) = (x[2], x[3], w[2], w[3], y[2], y[3])
    self.geometry = geometry
  }

  var taps: Int { channels * windowHeight * windowWidth }
  var places: Int { rows * columns }

  typealias Multiply<T> = (
    UnsafePointer<T>, Bool, UnsafePointer<T>, Bool, Int, Int, Int, T, UnsafeMutablePointer<T>
  ) -> Void

  func forward<T: BinaryFloatingPoint>(
    _ x: UnsafePointer<T>, _ w: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ multiply: Multiply<T>
  ) {
    withUnfolded(T.self) { unfolded in
      forEachGroup { image, group, weights in
        unfold(x + image * channels * height * width, unfolded)
        multiply(
          w + group * weights, false, unfolded, false, outputs, places, taps, 0, y + image * outputs * places)
      }
    }
  }

  func inputGradient<T: BinaryFloatingPoint>(
    _ u: UnsafePointer<T>, _ w: UnsafePointer<T>, _ x: UnsafeMutablePointer<T>, _ multiply: Multiply<T>
  ) {
    x.update(repeating: 0, count: batch * groups * channels * height * width)
    withUnfolded(T.self) { unfolded in
      forEachGroup { image, group, weights in
        multiply(w + group * weights, true, u + image * outputs * places, false, taps, places, outputs, 0, unfolded)
        fold(unfolded, x + image * channels * height * width)
      }
    }
  }

  func weightGradient<T: BinaryFloatingPoint>(
    _ x: UnsafePointer<T>, _ u: UnsafePointer<T>, _ w: UnsafeMutablePointer<T>, _ multiply: Multiply<T>
  ) {
    w.update(repeating: 0, count: groups * outputs * taps)
    withUnfolded(T.self) { unfolded in
      forEachGroup { image, group, weights in
        unfold(x + image * channels * height * width, unfolded)
        multiply(
          u + image * outputs * places, false, unfolded, true, outputs, taps, places, 1, w + group * weights)
      }
    }
  }

  private func withUnfolded<T>(_ type: T.Type, _ body: (UnsafeMutablePointer<T>) -> Void) {
    withUnsafeTemporaryAllocation(of: T.self, capacity: taps * places) { buffer in
      if let base = buffer.baseAddress { body(base) }
    }
  }

  /// `image` counts groups of channels through the whole batch.
  private func forEachGroup(_ body: (_ image: Int, _ group: Int, _ weights: Int) -> Void) {
    for image in 0..<batch * groups { body(image, image % groups, outputs * taps) }
  }

  /// The range of window positions along an axis that read inside the input.
  private func inside(_ offset: Int, _ length: Int, _ count: Int, _ stride: Int) -> Range<Int> {
    let first = Swift.min(count, offset >= 0 ? 0 : (-offset + stride - 1) / stride)
    let last = length - offset <= 0 ? 0 : Swift.min(count, (length - offset + stride - 1) / stride)
    return first..<Swift.max(first, last)
  }

  /// Calls `body` for every row of the unfolded matrix with the place in the input its first element reads.
  private func forEachRow(_ body: (_ row: Int, _ plane: Int, _ top: Int, _ left: Int) -> Void) {
    var row = 0
    for channel in 0..<channels {
      for i in 0..<windowHeight {
        for j in 0..<windowWidth {
          body(
            row, channel * height * width, i * geometry.dilation[0] - geometry.padding[0],
            j * geometry.dilation[1] - geometry.padding[1])
          row += places
        }
      }
    }
  }

  /// columns[tap, place] = x[channel, place · stride + tap], zero in the padding.
  private func unfold<T: BinaryFloatingPoint>(_ x: UnsafePointer<T>, _ unfolded: UnsafeMutablePointer<T>) {
    let (down, across) = (geometry.stride[0], geometry.stride[1])
    forEachRow { row, plane, top, left in
      let (p, q) = (inside(top, height, rows, down), inside(left, width, columns, across))
      if p.count != rows || q.count != columns { (unfolded + row).update(repeating: 0, count: places) }
      for i in p {
        let source = x + plane + (i * down + top) * width + left
        let target = unfolded + row + i * columns
        for j in q { target[j] = source[j * across] }
      }
    }
  }

  /// The transpose of `unfold`: x[channel, place · stride + tap] += columns[tap, place].
  private func fold<T: BinaryFloatingPoint>(_ unfolded: UnsafePointer<T>, _ x: UnsafeMutablePointer<T>) {
    let (down, across) = (geometry.stride[0], geometry.stride[1])
    forEachRow { row, plane, top, left in
      let q = inside(left, width, columns, across)
      for i in inside(top, height, rows, down) {
        let target = x + plane + (i * down + top) * width + left
        let source = unfolded + row + i * columns
        for j in q { target[j * across] += source[j] }
      }
    }
  }
}
