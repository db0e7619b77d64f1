import CKernels

@testable import ChainRuleCore

// The kernels as these tests call them: on arrays, with scratch of their own.

extension KernelElement {
  static var isDouble: Bool { Self.self == Double.self }

  static func copyStrided(_ shape: [Int], _ strides: [Int], _ out: Output, _ a: Input) {
    copyStrided(shape.count, shape, strides, out, a)
  }
  static func padStrided(_ shape: [Int], _ strides: [Int], _ out: Output, _ a: Input) {
    padStrided(shape.count, shape, strides, out, a)
  }

  static func block(
    _ g: cr_gemm, _ rows: Range<Int>, _ columns: Range<Int>, _ a: [Self], _ b: [Self], _ bias: [Self]?,
    _ c: Output, _ scratch: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: g) { multiply($0, rows, columns, a, b, bias, c, scratch) }
  }

  static func convolve(_ v: cr_conv, _ x: [Self], _ w: [Self], cut: Int) -> [Self] {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(forwardScratchBytes(v))
      defer { withExtendedLifetime(scratch) {} }
      var y = [Self](repeating: .nan, count: v.pointee.outputs)
      convolve(v, cut..<v.pointee.batch, x, w, &y, scratch.base)
      convolve(v, 0..<cut, x, w, &y, scratch.base)
      return y
    }
  }

  static func convolveInputGradient(_ v: cr_conv, _ dy: [Self], _ w: [Self], cut: Int) -> [Self] {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(inputGradientScratchBytes(v))
      defer { withExtendedLifetime(scratch) {} }
      var dx = [Self](repeating: .nan, count: v.pointee.inputs)
      inputGradient(v, cut..<v.pointee.batch, dy, w, &dx, scratch.base)
      inputGradient(v, 0..<cut, dy, w, &dx, scratch.base)
      return dx
    }
  }

  static func convolveWeightGradient(_ v: cr_conv, _ x: [Self], _ dy: [Self], backwards: Bool) -> [Self] {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(weightGradientScratchBytes(v))
      defer { withExtendedLifetime(scratch) {} }
      let chunks = weightGradientChunks(v)
      var partials = [Self](repeating: .nan, count: weightGradientPartialBytes(v) / MemoryLayout<Self>.stride)
      if backwards {
        for chunk in (0..<chunks).reversed() {
          weightGradient(v, chunk..<chunk + 1, x, dy, &partials, scratch.base)
        }
      } else {
        weightGradient(v, 0..<chunks, x, dy, &partials, scratch.base)
      }
      var dw = [Self](repeating: .nan, count: v.pointee.weights)
      finishWeightGradient(v, partials, &dw)
      return dw
    }
  }

  static func pool(_ q: cr_pool, planes: Int, _ x: [Self], _ dy: [Self]) -> Pooled<Self> {
    let small = [Self](repeating: 7, count: dy.count)
    var r = Pooled(
      max: small, places: [Int32](repeating: -1, count: dy.count), average: small,
      averageGradient: [Self](repeating: 7, count: x.count))
    withUnsafePointer(to: q) { q in
      maxPool(q, 0..<planes, x, &r.max, &r.places)
      averagePool(q, 0..<planes, x, &r.average)
      averagePoolGradient(q, 0..<planes, dy, &r.averageGradient)
    }
    return r
  }
}

struct Pooled<T: Sendable> {
  var max: [T], places: [Int32], average: [T], averageGradient: [T]
}

extension cr_conv {
  var inputs: Int { batch * in_channels * in_height * in_width }
  var outputs: Int { batch * out_channels * out_height * out_width }
  var weights: Int { out_channels * in_channels / groups * kernel_height * kernel_width }
}

/// Memory of exactly so many bytes, filled with NaN patterns so that reading before writing shows.
final class Scratch {
  let base: UnsafeMutableRawPointer
  init(_ bytes: Int) {
    base = .allocate(byteCount: max(bytes, 1), alignment: 16)
    base.initializeMemory(as: UInt8.self, repeating: 0xff, count: max(bytes, 1))
  }
  deinit { base.deallocate() }
}
