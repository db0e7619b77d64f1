/// Pooling kernels: plain loops over the windows of each plane.
extension Kernels {
  static func maxPoolWinners(_ input: Tensor, _ pooling: Pooling) throws -> Tensor {
    let input = try floating(input)
    let shape = try pooling.outputShape(of: input.shape, in: "maxPool")
    let result = try make([shape[0] * shape[1], shape[2] * shape[3]], .int32)
    let windows = Windows(input: input.shape, output: shape, pooling)
    let positions = result.storage.pointer(Int32.self)
    if input.elementType == .float64 {
      windows.winners(input.storage.pointer(Double.self), positions)
    } else {
      windows.winners(input.storage.pointer(Float.self), positions)
    }
    withExtendedLifetime(input) {}
    return result
  }

  static func averagePool(_ input: Tensor, _ pooling: Pooling, countsPadding: Bool, shape: Shape) throws -> Tensor {
    let input = try floating(input)
    let result = try make(shape, input.elementType)
    let windows = Windows(input: input.shape, output: shape, pooling)
    if input.elementType == .float64 {
      windows.average(input.storage.pointer(Double.self), result.storage.pointer(Double.self), countsPadding)
    } else {
      windows.average(input.storage.pointer(Float.self), result.storage.pointer(Float.self), countsPadding)
    }
    withExtendedLifetime(input) {}
    return result
  }

  static func averagePoolTransposed(_ input: Tensor, _ pooling: Pooling, countsPadding: Bool, shape: Shape) throws
    -> Tensor
  {
    let input = try floating(input)
    let result = try make(shape, input.elementType)
    let windows = Windows(input: shape, output: input.shape, pooling)
    if input.elementType == .float64 {
      windows.spread(input.storage.pointer(Double.self), result.storage.pointer(Double.self), countsPadding)
    } else {
      windows.spread(input.storage.pointer(Float.self), result.storage.pointer(Float.self), countsPadding)
    }
    withExtendedLifetime(input) {}
    return result
  }
}

/// The windows of every plane of a batch.
struct Windows {
  let planes: Int, height: Int, width: Int, rows: Int, columns: Int
  let pooling: Pooling

  init(input: Shape, output: Shape, _ pooling: Pooling) {
    (planes, height, width, rows, columns) = (input[0] * input[1], input[2], input[3], output[2], output[3])
    self.pooling = pooling
  }

  /// Calls `body` for each window with its number and the part of its plane that it covers.
  @inline(__always)
  private func forEach(_ body: (_ place: Int, _ plane: Int, _ down: Range<Int>, _ across: Range<Int>) -> Void) {
    let (stride, padding, window) = (pooling.geometry.stride, pooling.geometry.padding, pooling.window)
    let (strideDown, strideAcross, paddingDown, paddingAcross) = (stride[0], stride[1], padding[0], padding[1])
    let (windowDown, windowAcross) = (window[0], window[1])
    for plane in 0..<planes {
      for row in 0..<rows {
        let top = row * strideDown - paddingDown
        let down = Swift.max(0, top)..<Swift.min(height, top + windowDown)
        for column in 0..<columns {
          let left = column * strideAcross - paddingAcross
          let across = Swift.max(0, left)..<Swift.min(width, left + windowAcross)
          body((plane * rows + row) * columns + column, plane * height * width, down, across)
        }
      }
    }
  }

  func winners<T: BinaryFloatingPoint>(_ x: UnsafePointer<T>, _ positions: UnsafeMutablePointer<Int32>) {
    forEach { place, plane, down, across in
      var winner = down.lowerBound * width + across.lowerBound
      var best = x[plane + winner]
      for i in down {
        for j in across {
          let value = x[plane + i * width + j]
          if value > best || (value.isNaN && !best.isNaN) { (best, winner) = (value, i * width + j) }
        }
      }
      positions[place] = Int32(truncatingIfNeeded: winner)
    }
  }

  private func weight<T: BinaryFloatingPoint>(_ down: Range<Int>, _ across: Range<Int>, _ countsPadding: Bool) -> T {
    1 / T(countsPadding ? pooling.window[0] * pooling.window[1] : down.count * across.count)
  }

  func average<T: BinaryFloatingPoint>(_ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ countsPadding: Bool) {
    forEach { place, plane, down, across in
      var sum: T = 0
      for i in down { for j in across { sum += x[plane + i * width + j] } }
      y[place] = sum * weight(down, across, countsPadding)
    }
  }

  func spread<T: BinaryFloatingPoint>(_ u: UnsafePointer<T>, _ x: UnsafeMutablePointer<T>, _ countsPadding: Bool) {
    x.update(repeating: 0, count: planes * height * width)
    forEach { place, plane, down, across in
      let share = u[place] * weight(down, across, countsPadding)
      for i in down { for j in across { x[plane + i * width + j] += share } }
    }
  }
}
