import CKernels

// The C functions of each element type, by their suffixes.

@inline(__always)
private func bound<T>(_ memory: UnsafeRawPointer) -> UnsafePointer<T> { memory.assumingMemoryBound(to: T.self) }
@inline(__always)
private func bound<T>(_ memory: UnsafeRawPointer?) -> UnsafePointer<T>? { memory?.assumingMemoryBound(to: T.self) }
@inline(__always)
private func bound<T>(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<T> {
  memory.assumingMemoryBound(to: T.self)
}
@inline(__always)
private func bound<T>(_ memory: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<T>? {
  memory?.assumingMemoryBound(to: T.self)
}

extension Float: KernelElement {
  @inline(__always)
  static func elementwise(
    _ opcode: Opcode, _ count: Int, _ out: Output, _ a: Input?, _ aStep: Int32, _ b: Input?, _ bStep: Int32,
    _ c: Input?, _ cStep: Int32
  ) { cr_elementwise_f32(opcode, count, bound(out), bound(a), aStep, bound(b), bStep, bound(c), cStep) }
  @inline(__always)
  static func runBlocks(
    _ code: [cr_slot_code], _ blocks: [cr_block], _ mayRepeat: Bool, _ slots: UnsafeRawPointer, _ count: Int
  ) { cr_blocks_run_f32(code, code.count, blocks, mayRepeat, bound(slots), count) }
  @inline(__always)
  static func runRows(_ program: OpaquePointer, _ slots: UnsafeRawPointer, _ rows: Int, _ width: Int) {
    cr_rows_run_f32(program, bound(slots), rows, width)
  }
  @inline(__always)
  static func runScalars(
    _ steps: UnsafePointer<cr_scalar_step>?, _ count: Int, _ file: UnsafeMutablePointer<Double>,
    _ bases: UnsafePointer<UnsafeMutableRawPointer?>?
  ) { cr_scalars_run_f32(steps, count, file, bases) }

  @inline(__always)
  static func reduce(
    _ reduction: Kernels.Reduction, _ outer: Int, _ count: Int, _ inner: Int, _ out: Output, _ a: Input
  ) { cr_reduce_f32(reduction, outer, count, inner, bound(out), bound(a)) }
  static func argmax(_ outer: Int, _ count: Int, _ inner: Int, _ out: UnsafeMutablePointer<Int32>, _ a: Input) {
    cr_argmax_f32(outer, count, inner, out, bound(a))
  }
  static func softmax(_ outer: Int, _ count: Int, _ inner: Int, _ out: Output, _ a: Input) {
    cr_softmax_f32(outer, count, inner, bound(out), bound(a))
  }
  static func cumulativeSum(
    _ outer: Int, _ count: Int, _ inner: Int, _ isReversed: Bool, _ out: Output, _ a: Input
  ) { cr_cumulative_sum_f32(outer, count, inner, isReversed, bound(out), bound(a)) }

  static func copyStrided(_ rank: Int, _ shape: Sizes, _ strides: Sizes, _ out: Output, _ a: Input) {
    cr_copy_strided_f32(rank, shape, strides, bound(out), bound(a))
  }
  static func padStrided(_ rank: Int, _ shape: Sizes, _ strides: Sizes, _ out: Output, _ a: Input) {
    cr_pad_strided_f32(rank, shape, strides, bound(out), bound(a))
  }
  static func join(
    _ count: Int, _ inputs: UnsafePointer<UnsafeRawPointer?>, _ widths: Sizes, _ rows: Int, _ out: Output, _ row: Int
  ) {
    inputs.withMemoryRebound(to: UnsafePointer<Float>?.self, capacity: count) {
      cr_join_rows_f32(count, $0, widths, rows, bound(out), row)
    }
  }
  static func take(
    _ outer: Int, _ length: Int, _ inner: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output,
    _ a: Input
  ) { cr_take_f32(outer, length, inner, count, indices, bound(out), bound(a)) }
  static func takeTransposed(
    _ outer: Int, _ length: Int, _ inner: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output,
    _ a: Input
  ) { cr_take_transposed_f32(outer, length, inner, count, indices, bound(out), bound(a)) }
  static func addAt(
    _ inner: Int, _ width: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output, _ a: Input
  ) { cr_add_at_f32(inner, width, count, indices, bound(out), bound(a)) }
  static func repeatNumbers(_ rows: Int, _ step: Int, _ width: Int, _ out: Output, _ a: Input) {
    cr_repeat_f32(rows, step, width, bound(out), bound(a))
  }

  static func prepare(_ gemm: inout cr_gemm) { cr_gemm_prepare_f32(&gemm) }
  static func scratchBytes(_ gemm: UnsafePointer<cr_gemm>) -> Int { cr_gemm_scratch_f32(gemm) }
  @inline(__always)
  static func multiply(
    _ gemm: UnsafePointer<cr_gemm>, _ rows: Range<Int>, _ columns: Range<Int>, _ a: Input, _ b: Input, _ bias: Input?,
    _ c: Output, _ scratch: UnsafeMutableRawPointer
  ) {
    cr_gemm_block_f32(
      gemm, rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound, bound(a), bound(b), bound(bias),
      bound(c), scratch)
  }

  static func int8ScratchBytes(_ rows: Int, _ inner: Int) -> Int { cr_gemm_int8_scratch_f32(rows, inner) }
  static func multiply(
    _ rows: Int, _ inner: Int, _ columns: Int, _ panels: Range<Int>, _ x: Input, int8 w: UnsafePointer<Int8>,
    _ scale: Input, _ y: Output, _ scratch: UnsafeMutableRawPointer
  ) {
    cr_gemm_int8_f32(
      rows, inner, columns, panels.lowerBound, panels.upperBound, bound(x), w, bound(scale), bound(y), scratch)
  }

  static func forwardScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int { cr_conv_forward_scratch_f32(conv) }
  static func inputGradientScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int {
    cr_conv_input_gradient_scratch_f32(conv)
  }
  static func weightGradientScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int { cr_conv_weight_scratch_f32(conv) }
  static func weightGradientChunks(_ conv: UnsafePointer<cr_conv>) -> Int { cr_conv_weight_chunks_f32(conv) }
  static func weightGradientPartialBytes(_ conv: UnsafePointer<cr_conv>) -> Int {
    cr_conv_weight_partial_bytes_f32(conv)
  }
  static func convolve(
    _ conv: UnsafePointer<cr_conv>, _ images: Range<Int>, _ x: Input, _ w: Input, _ y: Output,
    _ scratch: UnsafeMutableRawPointer
  ) { cr_conv_forward_f32(conv, images.lowerBound, images.upperBound, bound(x), bound(w), bound(y), scratch) }
  static func inputGradient(
    _ conv: UnsafePointer<cr_conv>, _ images: Range<Int>, _ dy: Input, _ w: Input, _ dx: Output,
    _ scratch: UnsafeMutableRawPointer
  ) { cr_conv_input_gradient_f32(conv, images.lowerBound, images.upperBound, bound(dy), bound(w), bound(dx), scratch) }
  static func weightGradient(
    _ conv: UnsafePointer<cr_conv>, _ chunks: Range<Int>, _ x: Input, _ dy: Input, _ partials: Output,
    _ scratch: UnsafeMutableRawPointer
  ) {
    cr_conv_weight_chunk_f32(
      conv, chunks.lowerBound, chunks.upperBound, bound(x), bound(dy), bound(partials), scratch)
  }
  static func finishWeightGradient(_ conv: UnsafePointer<cr_conv>, _ partials: Input, _ dw: Output) {
    cr_conv_weight_finish_f32(conv, bound(partials), bound(dw))
  }

  static func maxPool(
    _ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ x: Input, _ y: Output,
    _ places: UnsafeMutablePointer<Int32>
  ) { cr_max_pool_f32(pool, planes.lowerBound, planes.upperBound, bound(x), bound(y), places) }
  static func averagePool(_ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ x: Input, _ y: Output) {
    cr_average_pool_f32(pool, planes.lowerBound, planes.upperBound, bound(x), bound(y))
  }
  static func averagePoolGradient(_ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ dy: Input, _ dx: Output) {
    cr_average_pool_gradient_f32(pool, planes.lowerBound, planes.upperBound, bound(dy), bound(dx))
  }
}

extension Double: KernelElement {
  @inline(__always)
  static func elementwise(
    _ opcode: Opcode, _ count: Int, _ out: Output, _ a: Input?, _ aStep: Int32, _ b: Input?, _ bStep: Int32,
    _ c: Input?, _ cStep: Int32
  ) { cr_elementwise_f64(opcode, count, bound(out), bound(a), aStep, bound(b), bStep, bound(c), cStep) }
  @inline(__always)
  static func runBlocks(
    _ code: [cr_slot_code], _ blocks: [cr_block], _ mayRepeat: Bool, _ slots: UnsafeRawPointer, _ count: Int
  ) { cr_blocks_run_f64(code, code.count, blocks, mayRepeat, bound(slots), count) }
  @inline(__always)
  static func runRows(_ program: OpaquePointer, _ slots: UnsafeRawPointer, _ rows: Int, _ width: Int) {
    cr_rows_run_f64(program, bound(slots), rows, width)
  }
  @inline(__always)
  static func runScalars(
    _ steps: UnsafePointer<cr_scalar_step>?, _ count: Int, _ file: UnsafeMutablePointer<Double>,
    _ bases: UnsafePointer<UnsafeMutableRawPointer?>?
  ) { cr_scalars_run_f64(steps, count, file, bases) }

  @inline(__always)
  static func reduce(
    _ reduction: Kernels.Reduction, _ outer: Int, _ count: Int, _ inner: Int, _ out: Output, _ a: Input
  ) { cr_reduce_f64(reduction, outer, count, inner, bound(out), bound(a)) }
  static func argmax(_ outer: Int, _ count: Int, _ inner: Int, _ out: UnsafeMutablePointer<Int32>, _ a: Input) {
    cr_argmax_f64(outer, count, inner, out, bound(a))
  }
  static func softmax(_ outer: Int, _ count: Int, _ inner: Int, _ out: Output, _ a: Input) {
    cr_softmax_f64(outer, count, inner, bound(out), bound(a))
  }
  static func cumulativeSum(
    _ outer: Int, _ count: Int, _ inner: Int, _ isReversed: Bool, _ out: Output, _ a: Input
  ) { cr_cumulative_sum_f64(outer, count, inner, isReversed, bound(out), bound(a)) }

  static func copyStrided(_ rank: Int, _ shape: Sizes, _ strides: Sizes, _ out: Output, _ a: Input) {
    cr_copy_strided_f64(rank, shape, strides, bound(out), bound(a))
  }
  static func padStrided(_ rank: Int, _ shape: Sizes, _ strides: Sizes, _ out: Output, _ a: Input) {
    cr_pad_strided_f64(rank, shape, strides, bound(out), bound(a))
  }
  static func join(
    _ count: Int, _ inputs: UnsafePointer<UnsafeRawPointer?>, _ widths: Sizes, _ rows: Int, _ out: Output, _ row: Int
  ) {
    inputs.withMemoryRebound(to: UnsafePointer<Double>?.self, capacity: count) {
      cr_join_rows_f64(count, $0, widths, rows, bound(out), row)
    }
  }
  static func take(
    _ outer: Int, _ length: Int, _ inner: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output,
    _ a: Input
  ) { cr_take_f64(outer, length, inner, count, indices, bound(out), bound(a)) }
  static func takeTransposed(
    _ outer: Int, _ length: Int, _ inner: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output,
    _ a: Input
  ) { cr_take_transposed_f64(outer, length, inner, count, indices, bound(out), bound(a)) }
  static func addAt(
    _ inner: Int, _ width: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output, _ a: Input
  ) { cr_add_at_f64(inner, width, count, indices, bound(out), bound(a)) }
  static func repeatNumbers(_ rows: Int, _ step: Int, _ width: Int, _ out: Output, _ a: Input) {
    cr_repeat_f64(rows, step, width, bound(out), bound(a))
  }

  static func prepare(_ gemm: inout cr_gemm) { cr_gemm_prepare_f64(&gemm) }
  static func scratchBytes(_ gemm: UnsafePointer<cr_gemm>) -> Int { cr_gemm_scratch_f64(gemm) }
  @inline(__always)
  static func multiply(
    _ gemm: UnsafePointer<cr_gemm>, _ rows: Range<Int>, _ columns: Range<Int>, _ a: Input, _ b: Input, _ bias: Input?,
    _ c: Output, _ scratch: UnsafeMutableRawPointer
  ) {
    cr_gemm_block_f64(
      gemm, rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound, bound(a), bound(b), bound(bias),
      bound(c), scratch)
  }

  static func int8ScratchBytes(_ rows: Int, _ inner: Int) -> Int { cr_gemm_int8_scratch_f64(rows, inner) }
  static func multiply(
    _ rows: Int, _ inner: Int, _ columns: Int, _ panels: Range<Int>, _ x: Input, int8 w: UnsafePointer<Int8>,
    _ scale: Input, _ y: Output, _ scratch: UnsafeMutableRawPointer
  ) {
    cr_gemm_int8_f64(
      rows, inner, columns, panels.lowerBound, panels.upperBound, bound(x), w, bound(scale), bound(y), scratch)
  }

  static func forwardScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int { cr_conv_forward_scratch_f64(conv) }
  static func inputGradientScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int {
    cr_conv_input_gradient_scratch_f64(conv)
  }
  static func weightGradientScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int { cr_conv_weight_scratch_f64(conv) }
  static func weightGradientChunks(_ conv: UnsafePointer<cr_conv>) -> Int { cr_conv_weight_chunks_f64(conv) }
  static func weightGradientPartialBytes(_ conv: UnsafePointer<cr_conv>) -> Int {
    cr_conv_weight_partial_bytes_f64(conv)
  }
  static func convolve(
    _ conv: UnsafePointer<cr_conv>, _ images: Range<Int>, _ x: Input, _ w: Input, _ y: Output,
    _ scratch: UnsafeMutableRawPointer
  ) { cr_conv_forward_f64(conv, images.lowerBound, images.upperBound, bound(x), bound(w), bound(y), scratch) }
  static func inputGradient(
    _ conv: UnsafePointer<cr_conv>, _ images: Range<Int>, _ dy: Input, _ w: Input, _ dx: Output,
    _ scratch: UnsafeMutableRawPointer
  ) { cr_conv_input_gradient_f64(conv, images.lowerBound, images.upperBound, bound(dy), bound(w), bound(dx), scratch) }
  static func weightGradient(
    _ conv: UnsafePointer<cr_conv>, _ chunks: Range<Int>, _ x: Input, _ dy: Input, _ partials: Output,
    _ scratch: UnsafeMutableRawPointer
  ) {
    cr_conv_weight_chunk_f64(
      conv, chunks.lowerBound, chunks.upperBound, bound(x), bound(dy), bound(partials), scratch)
  }
  static func finishWeightGradient(_ conv: UnsafePointer<cr_conv>, _ partials: Input, _ dw: Output) {
    cr_conv_weight_finish_f64(conv, bound(partials), bound(dw))
  }

  static func maxPool(
    _ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ x: Input, _ y: Output,
    _ places: UnsafeMutablePointer<Int32>
  ) { cr_max_pool_f64(pool, planes.lowerBound, planes.upperBound, bound(x), bound(y), places) }
  static func averagePool(_ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ x: Input, _ y: Output) {
    cr_average_pool_f64(pool, planes.lowerBound, planes.upperBound, bound(x), bound(y))
  }
  static func averagePoolGradient(_ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ dy: Input, _ dx: Output) {
    cr_average_pool_gradient_f64(pool, planes.lowerBound, planes.upperBound, bound(dy), bound(dx))
  }
}
