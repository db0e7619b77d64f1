import CKernels

/// An element type of the kernels: the C functions that carry its suffix. Nothing else in Swift knows the suffixes.
///
/// Memory is raw, because what programs run knows the type of its elements only when it runs; each function binds it.
protocol KernelElement: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  typealias Output = UnsafeMutableRawPointer
  typealias Input = UnsafeRawPointer
  typealias Sizes = UnsafePointer<Int>

  static func elementwise(
    _ opcode: Opcode, _ count: Int, _ out: Output, _ a: Input?, _ aStep: Int32, _ b: Input?, _ bStep: Int32,
    _ c: Input?, _ cStep: Int32)
  static func runBlocks(
    _ code: [cr_slot_code], _ blocks: [cr_block], _ mayRepeat: Bool, _ slots: UnsafeRawPointer, _ count: Int)
  static func runRows(_ program: OpaquePointer, _ slots: UnsafeRawPointer, _ rows: Int, _ width: Int)
  static func runScalars(
    _ steps: UnsafePointer<cr_scalar_step>?, _ count: Int, _ file: UnsafeMutablePointer<Double>,
    _ bases: UnsafePointer<UnsafeMutableRawPointer?>?)

  static func reduce(
    _ reduction: Kernels.Reduction, _ outer: Int, _ count: Int, _ inner: Int, _ out: Output, _ a: Input)
  static func argmax(_ outer: Int, _ count: Int, _ inner: Int, _ out: UnsafeMutablePointer<Int32>, _ a: Input)
  static func softmax(_ outer: Int, _ count: Int, _ inner: Int, _ out: Output, _ a: Input)
  static func cumulativeSum(
    _ outer: Int, _ count: Int, _ inner: Int, _ isReversed: Bool, _ out: Output, _ a: Input)

  static func copyStrided(_ rank: Int, _ shape: Sizes, _ strides: Sizes, _ out: Output, _ a: Input)
  static func padStrided(_ rank: Int, _ shape: Sizes, _ strides: Sizes, _ out: Output, _ a: Input)
  static func join(
    _ count: Int, _ inputs: UnsafePointer<UnsafeRawPointer?>, _ widths: Sizes, _ rows: Int, _ out: Output, _ row: Int)
  static func take(
    _ outer: Int, _ length: Int, _ inner: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output,
    _ a: Input)
  static func takeTransposed(
    _ outer: Int, _ length: Int, _ inner: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output,
    _ a: Input)
  static func addAt(
    _ inner: Int, _ width: Int, _ count: Int, _ indices: UnsafePointer<Int32>, _ out: Output, _ a: Input)
  static func repeatNumbers(_ rows: Int, _ step: Int, _ width: Int, _ out: Output, _ a: Input)

  static func prepare(_ gemm: inout cr_gemm)
  static func scratchBytes(_ gemm: UnsafePointer<cr_gemm>) -> Int
  static func multiply(
    _ gemm: UnsafePointer<cr_gemm>, _ rows: Range<Int>, _ columns: Range<Int>, _ a: Input, _ b: Input, _ bias: Input?,
    _ c: Output, _ scratch: UnsafeMutableRawPointer)

  static func int8ScratchBytes(_ rows: Int, _ inner: Int) -> Int
  static func multiply(
    _ rows: Int, _ inner: Int, _ columns: Int, _ panels: Range<Int>, _ x: Input, int8 w: UnsafePointer<Int8>,
    _ scale: Input, _ y: Output, _ scratch: UnsafeMutableRawPointer)

  static func forwardScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int
  static func inputGradientScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int
  static func weightGradientScratchBytes(_ conv: UnsafePointer<cr_conv>) -> Int
  static func weightGradientChunks(_ conv: UnsafePointer<cr_conv>) -> Int
  static func weightGradientPartialBytes(_ conv: UnsafePointer<cr_conv>) -> Int
  static func convolve(
    _ conv: UnsafePointer<cr_conv>, _ images: Range<Int>, _ x: Input, _ w: Input, _ y: Output,
    _ scratch: UnsafeMutableRawPointer)
  static func inputGradient(
    _ conv: UnsafePointer<cr_conv>, _ images: Range<Int>, _ dy: Input, _ w: Input, _ dx: Output,
    _ scratch: UnsafeMutableRawPointer)
  static func weightGradient(
    _ conv: UnsafePointer<cr_conv>, _ chunks: Range<Int>, _ x: Input, _ dy: Input, _ partials: Output,
    _ scratch: UnsafeMutableRawPointer)
  static func finishWeightGradient(_ conv: UnsafePointer<cr_conv>, _ partials: Input, _ dw: Output)

  static func cholesky(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ l: Output)
  static func triangularSolve(_ factor: UnsafeMutablePointer<cr_factor>, _ t: Input, _ b: Output)
  static func lu(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ factors: Output)
  static func solve(_ factor: UnsafeMutablePointer<cr_factor>, _ factors: Input, _ b: Input, _ x: Output)
  static func qr(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output)
  static func eigh(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output)
  static func svd(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output)

  static func maxPool(
    _ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ x: Input, _ y: Output,
    _ places: UnsafeMutablePointer<Int32>)
  static func averagePool(_ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ x: Input, _ y: Output)
  static func averagePoolGradient(_ pool: UnsafePointer<cr_pool>, _ planes: Range<Int>, _ dy: Input, _ dx: Output)
}

extension Kernels {
  /// Where a flag becomes a type. Both calls are inlined and know their type, so that none is looked up as a program
  /// runs.
  @inline(__always)
  static func withElement<R>(isDouble: Bool, _ body: (any KernelElement.Type) throws -> R) rethrows -> R {
    if isDouble { try body(Double.self) } else { try body(Float.self) }
  }
}
