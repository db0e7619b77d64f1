import CKernels

// The C functions of each element type, spelled twice: nothing else in these tests knows the suffixes.

extension Float {
  static func elementwise(
    _ op: Opcode, _ n: Int, _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ aStep: Int32,
    _ b: UnsafePointer<Float>?, _ bStep: Int32,
    _ c: UnsafePointer<Float>?, _ cStep: Int32
  ) { cr_elementwise_f32(op, n, out, a, aStep, b, bStep, c, cStep) }
  static func runBlocks(
    _ code: [cr_slot_code], _ blocks: [cr_block], _ twice: Bool, _ slots: [UnsafeMutablePointer<Float>?], _ n: Int
  ) { cr_blocks_run_f32(code, code.count, blocks, twice, slots, n) }
  static func reduce(
    _ r: cr_reduction, _ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Float>,
    _ a: UnsafePointer<Float>
  ) {
    cr_reduce_f32(r, outer, n, inner, out, a)
  }
  static func argmax(
    _ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Float>
  ) {
    cr_argmax_f32(outer, n, inner, out, a)
  }
  static func softmax(
    _ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>
  ) {
    cr_softmax_f32(outer, n, inner, out, a)
  }
  static func cumulativeSum(
    _ outer: Int, _ n: Int, _ inner: Int, _ reverse: Bool, _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>
  ) {
    cr_cumulative_sum_f32(outer, n, inner, reverse, out, a)
  }
  static func copyStrided(
    _ shape: [Int], _ strides: [Int], _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>
  ) {
    cr_copy_strided_f32(shape.count, shape, strides, out, a)
  }
  static func placeStrided(
    _ shape: [Int], _ strides: [Int], _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>
  ) {
    cr_place_strided_f32(shape.count, shape, strides, out, a)
  }
  static func take(
    _ outer: Int, _ n: Int, _ inner: Int, _ indices: [Int32], _ out: UnsafeMutablePointer<Float>,
    _ a: UnsafePointer<Float>
  ) {
    cr_take_f32(outer, n, inner, indices.count, indices, out, a)
  }
  static func takeTransposed(
    _ outer: Int, _ n: Int, _ inner: Int, _ indices: [Int32], _ out: UnsafeMutablePointer<Float>,
    _ a: UnsafePointer<Float>
  ) {
    cr_take_transposed_f32(outer, n, inner, indices.count, indices, out, a)
  }
  static func prepare(_ g: inout cr_gemm) { cr_gemm_prepare_f32(&g) }
  static func scratch(_ g: cr_gemm) -> Int { withUnsafePointer(to: g) { cr_gemm_scratch_f32($0) } }
  static func block(
    _ g: cr_gemm, _ rows: Range<Int>, _ columns: Range<Int>, _ a: [Float], _ b: [Float], _ bias: [Float]?,
    _ c: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: g) {
      cr_gemm_block_f32(
        $0, rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound, a, b, bias, c, scratch)
    }
  }
  static func convolve(_ v: cr_conv, _ x: [Float], _ w: [Float], cut: Int) -> [Float] {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(cr_conv_forward_scratch_f32(v))
      defer { withExtendedLifetime(scratch) {} }
      var y = [Float](repeating: .nan, count: v.pointee.outputs)
      cr_conv_forward_f32(v, cut, v.pointee.batch, x, w, &y, scratch.base)
      cr_conv_forward_f32(v, 0, cut, x, w, &y, scratch.base)
      return y
    }
  }
  static func convolveInputGradient(_ v: cr_conv, _ dy: [Float], _ w: [Float], cut: Int) -> [Float] {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(cr_conv_input_gradient_scratch_f32(v))
      defer { withExtendedLifetime(scratch) {} }
      var dx = [Float](repeating: .nan, count: v.pointee.inputs)
      cr_conv_input_gradient_f32(v, cut, v.pointee.batch, dy, w, &dx, scratch.base)
      cr_conv_input_gradient_f32(v, 0, cut, dy, w, &dx, scratch.base)
      return dx
    }
  }
  static func convolveWeightGradient(_ v: cr_conv, _ x: [Float], _ dy: [Float], backwards: Bool) -> (
    dw: [Float], db: [Float]
  ) {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(cr_conv_weight_scratch_f32(v))
      let outputs = v.pointee.out_channels
      defer { withExtendedLifetime(scratch) {} }
      let chunks = cr_conv_weight_chunks_f32(v)
      var partials = [Float](repeating: .nan, count: cr_conv_weight_partial_bytes_f32(v) / MemoryLayout<Float>.stride)
      if backwards {
        for chunk in (0..<chunks).reversed() {
          cr_conv_weight_chunk_f32(v, chunk, chunk + 1, outputs / 2, outputs, x, dy, &partials, scratch.base)
          cr_conv_weight_chunk_f32(v, chunk, chunk + 1, 0, outputs / 2, x, dy, &partials, scratch.base)
        }
      } else {
        cr_conv_weight_chunk_f32(v, 0, chunks, 0, outputs, x, dy, &partials, scratch.base)
      }
      var dw = [Float](repeating: .nan, count: v.pointee.weights), db = [Float](repeating: .nan, count: outputs)
      cr_conv_weight_finish_f32(v, partials, &dw, &db)
      return (dw, db)
    }
  }
  static func pool(_ q: cr_pool, planes: Int, _ x: [Float], _ dy: [Float]) -> Pooled<Float> {
    let small = [Float](repeating: 7, count: dy.count), large = [Float](repeating: 7, count: x.count)
    var r = Pooled(
      max: small, places: [Int32](repeating: -1, count: dy.count), average: small, averageGradient: large)
    withUnsafePointer(to: q) { q in
      cr_max_pool_f32(q, 0, planes, x, &r.max, &r.places)
      cr_average_pool_f32(q, 0, planes, x, &r.average)
      cr_average_pool_gradient_f32(q, 0, planes, dy, &r.averageGradient)
    }
    return r
  }
}

extension Double {
  static func elementwise(
    _ op: Opcode, _ n: Int, _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ aStep: Int32,
    _ b: UnsafePointer<Double>?, _ bStep: Int32,
    _ c: UnsafePointer<Double>?, _ cStep: Int32
  ) { cr_elementwise_f64(op, n, out, a, aStep, b, bStep, c, cStep) }
  static func runBlocks(
    _ code: [cr_slot_code], _ blocks: [cr_block], _ twice: Bool, _ slots: [UnsafeMutablePointer<Double>?], _ n: Int
  ) { cr_blocks_run_f64(code, code.count, blocks, twice, slots, n) }
  static func reduce(
    _ r: cr_reduction, _ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Double>,
    _ a: UnsafePointer<Double>
  ) {
    cr_reduce_f64(r, outer, n, inner, out, a)
  }
  static func argmax(
    _ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Int32>, _ a: UnsafePointer<Double>
  ) {
    cr_argmax_f64(outer, n, inner, out, a)
  }
  static func softmax(
    _ outer: Int, _ n: Int, _ inner: Int, _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>
  ) {
    cr_softmax_f64(outer, n, inner, out, a)
  }
  static func cumulativeSum(
    _ outer: Int, _ n: Int, _ inner: Int, _ reverse: Bool, _ out: UnsafeMutablePointer<Double>,
    _ a: UnsafePointer<Double>
  ) {
    cr_cumulative_sum_f64(outer, n, inner, reverse, out, a)
  }
  static func copyStrided(
    _ shape: [Int], _ strides: [Int], _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>
  ) {
    cr_copy_strided_f64(shape.count, shape, strides, out, a)
  }
  static func placeStrided(
    _ shape: [Int], _ strides: [Int], _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>
  ) {
    cr_place_strided_f64(shape.count, shape, strides, out, a)
  }
  static func take(
    _ outer: Int, _ n: Int, _ inner: Int, _ indices: [Int32], _ out: UnsafeMutablePointer<Double>,
    _ a: UnsafePointer<Double>
  ) {
    cr_take_f64(outer, n, inner, indices.count, indices, out, a)
  }
  static func takeTransposed(
    _ outer: Int, _ n: Int, _ inner: Int, _ indices: [Int32], _ out: UnsafeMutablePointer<Double>,
    _ a: UnsafePointer<Double>
  ) {
    cr_take_transposed_f64(outer, n, inner, indices.count, indices, out, a)
  }
  static func prepare(_ g: inout cr_gemm) { cr_gemm_prepare_f64(&g) }
  static func scratch(_ g: cr_gemm) -> Int { withUnsafePointer(to: g) { cr_gemm_scratch_f64($0) } }
  static func block(
    _ g: cr_gemm, _ rows: Range<Int>, _ columns: Range<Int>, _ a: [Double], _ b: [Double], _ bias: [Double]?,
    _ c: UnsafeMutablePointer<Double>, _ scratch: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: g) {
      cr_gemm_block_f64(
        $0, rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound, a, b, bias, c, scratch)
    }
  }
  static func convolve(_ v: cr_conv, _ x: [Double], _ w: [Double], cut: Int) -> [Double]
  {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(cr_conv_forward_scratch_f64(v))
      defer { withExtendedLifetime(scratch) {} }
      var y = [Double](repeating: .nan, count: v.pointee.outputs)
      cr_conv_forward_f64(v, cut, v.pointee.batch, x, w, &y, scratch.base)
      cr_conv_forward_f64(v, 0, cut, x, w, &y, scratch.base)
      return y
    }
  }
  static func convolveInputGradient(_ v: cr_conv, _ dy: [Double], _ w: [Double], cut: Int) -> [Double] {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(cr_conv_input_gradient_scratch_f64(v))
      defer { withExtendedLifetime(scratch) {} }
      var dx = [Double](repeating: .nan, count: v.pointee.inputs)
      cr_conv_input_gradient_f64(v, cut, v.pointee.batch, dy, w, &dx, scratch.base)
      cr_conv_input_gradient_f64(v, 0, cut, dy, w, &dx, scratch.base)
      return dx
    }
  }
  static func convolveWeightGradient(_ v: cr_conv, _ x: [Double], _ dy: [Double], backwards: Bool) -> (
    dw: [Double], db: [Double]
  ) {
    withUnsafePointer(to: v) { v in
      let scratch = Scratch(cr_conv_weight_scratch_f64(v))
      let outputs = v.pointee.out_channels
      defer { withExtendedLifetime(scratch) {} }
      let chunks = cr_conv_weight_chunks_f64(v)
      var partials = [Double](repeating: .nan, count: cr_conv_weight_partial_bytes_f64(v) / MemoryLayout<Double>.stride)
      if backwards {
        for chunk in (0..<chunks).reversed() {
          cr_conv_weight_chunk_f64(v, chunk, chunk + 1, outputs / 2, outputs, x, dy, &partials, scratch.base)
          cr_conv_weight_chunk_f64(v, chunk, chunk + 1, 0, outputs / 2, x, dy, &partials, scratch.base)
        }
      } else {
        cr_conv_weight_chunk_f64(v, 0, chunks, 0, outputs, x, dy, &partials, scratch.base)
      }
      var dw = [Double](repeating: .nan, count: v.pointee.weights), db = [Double](repeating: .nan, count: outputs)
      cr_conv_weight_finish_f64(v, partials, &dw, &db)
      return (dw, db)
    }
  }
  static func pool(_ q: cr_pool, planes: Int, _ x: [Double], _ dy: [Double]) -> Pooled<Double> {
    let small = [Double](repeating: 7, count: dy.count), large = [Double](repeating: 7, count: x.count)
    var r = Pooled(
      max: small, places: [Int32](repeating: -1, count: dy.count), average: small, averageGradient: large)
    withUnsafePointer(to: q) { q in
      cr_max_pool_f64(q, 0, planes, x, &r.max, &r.places)
      cr_average_pool_f64(q, 0, planes, x, &r.average)
      cr_average_pool_gradient_f64(q, 0, planes, dy, &r.averageGradient)
    }
    return r
  }
}

/// Every operation, in the order of their numbers.
let operations: [Opcode] = (0..<CR_OPCODE_COUNT).compactMap { Opcode(rawValue: UInt8($0)) }

extension Opcode {
  var arity: Int { cr_arity(self) }
  var name: String { String(cString: cr_name(self)) }
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
