import CKernels

/// What programs run: the kernels over plain memory, decided when a program is made.
extension Kernels {
  /// How many processors this process may use.
  static var processorCount: Int { cr_processor_count() }

  @inline(__always)
  static func pause() { cr_pause() }

  /// A step in a program of numbers.
  typealias NumberStep = cr_number_step

  @inline(__always)
  static func replay(
    isDouble: Bool, _ steps: UnsafePointer<NumberStep>, count: Int, _ file: UnsafeMutablePointer<Double>,
    _ bases: UnsafeMutablePointer<UnsafeMutableRawPointer>, baseCount: Int
  ) {
    bases.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: baseCount) {
      if isDouble { cr_numbers_run_f64(steps, count, file, $0) } else { cr_numbers_run_f32(steps, count, file, $0) }
    }
  }

  /// Sums of elements.
  @inline(__always)
  static func add(
    isDouble: Bool, count: Int, _ result: UnsafeMutableRawPointer, _ first: UnsafeMutableRawPointer,
    _ second: UnsafeMutableRawPointer
  ) {
    if isDouble {
      cr_elementwise_f64(
        .add, count, result.assumingMemoryBound(to: Double.self), first.assumingMemoryBound(to: Double.self), 1,
        second.assumingMemoryBound(to: Double.self), 1, nil, 0)
    } else {
      cr_elementwise_f32(
        .add, count, result.assumingMemoryBound(to: Float.self), first.assumingMemoryBound(to: Float.self), 1,
        second.assumingMemoryBound(to: Float.self), 1, nil, 0)
    }
  }

  /// Reduces the middle of `[outer, count, inner]`.
  @inline(__always)
  static func reduce(
    _ reduction: UInt32, isDouble: Bool, outer: Int, count: Int, inner: Int, _ result: UnsafeMutableRawPointer,
    _ input: UnsafeMutableRawPointer
  ) {
    if isDouble {
      cr_reduce_f64(
        cr_reduction(reduction), outer, count, inner, result.assumingMemoryBound(to: Double.self),
        input.assumingMemoryBound(to: Double.self))
    } else {
      cr_reduce_f32(
        cr_reduction(reduction), outer, count, inner, result.assumingMemoryBound(to: Float.self),
        input.assumingMemoryBound(to: Float.self))
    }
  }

  static func softmax(
    isDouble: Bool, outer: Int, count: Int, inner: Int, _ result: UnsafeMutableRawPointer,
    _ input: UnsafeMutableRawPointer
  ) {
    if isDouble {
      cr_softmax_f64(
        outer, count, inner, result.assumingMemoryBound(to: Double.self), input.assumingMemoryBound(to: Double.self))
    } else {
      cr_softmax_f32(
        outer, count, inner, result.assumingMemoryBound(to: Float.self), input.assumingMemoryBound(to: Float.self))
    }
  }

  static func argmax(
    isDouble: Bool, outer: Int, count: Int, inner: Int, _ result: UnsafeMutableRawPointer,
    _ input: UnsafeMutableRawPointer
  ) {
    let result = result.assumingMemoryBound(to: Int32.self)
    if isDouble {
      cr_argmax_f64(outer, count, inner, result, input.assumingMemoryBound(to: Double.self))
    } else {
      cr_argmax_f32(outer, count, inner, result, input.assumingMemoryBound(to: Float.self))
    }
  }

  static func cumulativeSum(
    isDouble: Bool, outer: Int, count: Int, inner: Int, reverse: Bool, _ result: UnsafeMutableRawPointer,
    _ input: UnsafeMutableRawPointer
  ) {
    if isDouble {
      cr_cumulative_sum_f64(
        outer, count, inner, reverse, result.assumingMemoryBound(to: Double.self),
        input.assumingMemoryBound(to: Double.self))
    } else {
      cr_cumulative_sum_f32(
        outer, count, inner, reverse, result.assumingMemoryBound(to: Float.self),
        input.assumingMemoryBound(to: Float.self))
    }
  }

  /// Moves elements of 4 or 8 bytes out of a strided view.
  static func copyStrided(
    wide: Bool, shape: [Int], strides: [Int], _ result: UnsafeMutableRawPointer, _ input: UnsafeMutableRawPointer
  ) {
    if wide {
      cr_copy_strided_f64(
        shape.count, shape, strides, result.assumingMemoryBound(to: Double.self),
        input.assumingMemoryBound(to: Double.self))
    } else {
      cr_copy_strided_f32(
        shape.count, shape, strides, result.assumingMemoryBound(to: Float.self),
        input.assumingMemoryBound(to: Float.self))
    }
  }

  /// The same for some of the rows.
  static func copyStrided(
    wide: Bool, shape: [Int], rows: Range<Int>, strides: [Int], _ result: UnsafeMutableRawPointer,
    _ input: UnsafeMutableRawPointer
  ) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: shape.count) { part in
      for axis in shape.indices { part[axis] = axis == 0 ? rows.count : shape[axis] }
      guard let part = part.baseAddress else { return }
      if wide {
        cr_copy_strided_f64(
          shape.count, part, strides, result.assumingMemoryBound(to: Double.self),
          input.assumingMemoryBound(to: Double.self))
      } else {
        cr_copy_strided_f32(
          shape.count, part, strides, result.assumingMemoryBound(to: Float.self),
          input.assumingMemoryBound(to: Float.self))
      }
    }
  }

  /// Moves elements into a strided view.
  static func placeStrided(
    isDouble: Bool, shape: [Int], strides: [Int], _ result: UnsafeMutableRawPointer, _ input: UnsafeMutableRawPointer
  ) {
    if isDouble {
      cr_place_strided_f64(
        shape.count, shape, strides, result.assumingMemoryBound(to: Double.self),
        input.assumingMemoryBound(to: Double.self))
    } else {
      cr_place_strided_f32(
        shape.count, shape, strides, result.assumingMemoryBound(to: Float.self),
        input.assumingMemoryBound(to: Float.self))
    }
  }

  /// Reads or adds up slices at checked indices.
  static func take(
    isDouble: Bool, transposed: Bool, outer: Int, length: Int, inner: Int, count: Int, _ indices: UnsafePointer<Int32>,
    _ result: UnsafeMutableRawPointer, _ input: UnsafeMutableRawPointer
  ) {
    if isDouble {
      let (to, from) = (result.assumingMemoryBound(to: Double.self), input.assumingMemoryBound(to: Double.self))
      if transposed {
        cr_take_transposed_f64(outer, length, inner, count, indices, to, from)
      } else {
        cr_take_f64(outer, length, inner, count, indices, to, from)
      }
    } else {
      let (to, from) = (result.assumingMemoryBound(to: Float.self), input.assumingMemoryBound(to: Float.self))
      if transposed {
        cr_take_transposed_f32(outer, length, inner, count, indices, to, from)
      } else {
        cr_take_f32(outer, length, inner, count, indices, to, from)
      }
    }
  }
}

extension Kernels.NumberStep {
  init(_ opcode: Opcode, _ first: Int32, _ second: Int32, _ third: Int32, result: Int32) {
    self.init(op: UInt32(opcode.rawValue), out: result, a: first, b: second, c: third)
  }

  static func load(_ slot: Int32, _ location: Location) -> Self { move(CR_NUMBER_LOAD, slot, location) }
  static func store(_ slot: Int32, _ location: Location) -> Self { move(CR_NUMBER_STORE, slot, location) }

  private static func move(_ code: Int, _ slot: Int32, _ location: Location) -> Self {
    Self(
      op: UInt32(code), out: slot, a: location.base, b: Int32(location.offset >> 32),
      c: Int32(truncatingIfNeeded: location.offset))
  }

  var isStore: Bool { op == UInt32(CR_NUMBER_STORE) }
  /// The first operand is the result of the step before.
  mutating func readLast() { op |= UInt32(CR_NUMBER_LAST) }
}

/// A matrix product that is decided once and run in blocks of its result.
struct PreparedProduct: Sendable {
  private var gemm = cr_gemm()
  let isDouble: Bool
  var m: Int { gemm.m }
  var n: Int { gemm.n }
  var k: Int { gemm.k }

  /// Row lengths `lda`, `ldb` belong to the matrices as they are stored.
  init(
    isDouble: Bool, m: Int, n: Int, k: Int, transposed: (Bool, Bool), lda: Int, ldb: Int, ldc: Int, alpha: Double = 1,
    beta: Double = 0, isRelu: Bool = false
  ) {
    self.isDouble = isDouble
    (gemm.m, gemm.n, gemm.k, gemm.lda, gemm.ldb, gemm.ldc) = (m, n, k, lda, ldb, ldc)
    (gemm.a_transposed, gemm.b_transposed, gemm.alpha, gemm.beta) = (transposed.0, transposed.1, alpha, beta)
    gemm.relu = isRelu
    if isDouble { cr_gemm_prepare_f64(&gemm) } else { cr_gemm_prepare_f32(&gemm) }
  }

  var alpha: Double {
    get { gemm.alpha }
    set { gemm.alpha = newValue }
  }

  var scratchBytes: Int {
    withUnsafePointer(to: gemm) { isDouble ? cr_gemm_scratch_f64($0) : cr_gemm_scratch_f32($0) }
  }

  @inline(__always)
  func run(
    rows: Range<Int>, columns: Range<Int>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ bias: UnsafeRawPointer?,
    _ c: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: gemm) { gemm in
      if isDouble {
        cr_gemm_block_f64(
          gemm, rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound,
          a.assumingMemoryBound(to: Double.self), b.assumingMemoryBound(to: Double.self),
          bias?.assumingMemoryBound(to: Double.self), c.assumingMemoryBound(to: Double.self), scratch)
      } else {
        cr_gemm_block_f32(
          gemm, rows.lowerBound, rows.upperBound, columns.lowerBound, columns.upperBound,
          a.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self),
          bias?.assumingMemoryBound(to: Float.self), c.assumingMemoryBound(to: Float.self), scratch)
      }
    }
  }
}
