import CKernels

/// What programs run: the kernels over plain memory, decided when a program is made.
extension Kernels {
  /// How many processors this process may use.
  static var processorCount: Int { cr_processor_count() }

  @inline(__always)
  static func pause() { cr_pause() }

  /// A step in a program of scalars.
  typealias ScalarStep = cr_scalar_step

  @inline(__always)
  static func replay(
    isDouble: Bool, _ steps: UnsafePointer<ScalarStep>, count: Int, _ file: UnsafeMutablePointer<Double>,
    _ bases: UnsafeMutablePointer<UnsafeMutableRawPointer>, baseCount: Int
  ) {
    bases.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: baseCount) { bases in
      withElement(isDouble: isDouble) { $0.runScalars(steps, count, file, bases) }
    }
  }

  /// Sums of elements.
  @inline(__always)
  static func add(
    isDouble: Bool, count: Int, _ result: UnsafeMutableRawPointer, _ first: UnsafeRawPointer,
    _ second: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.elementwise(.add, count, result, first, 1, second, 1, nil, 0) }
  }

  /// Elements times a number, in their place.
  static func scale(isDouble: Bool, count: Int, _ elements: UnsafeMutableRawPointer, by number: Double) {
    var (number, float) = (number, Float(number))
    if isDouble {
      withElement(isDouble: true) { $0.elementwise(.multiply, count, elements, elements, 1, &number, 0, nil, 0) }
    } else {
      withElement(isDouble: false) { $0.elementwise(.multiply, count, elements, elements, 1, &float, 0, nil, 0) }
    }
  }

  /// Reduces the middle of `[outer, count, inner]`.
  @inline(__always)
  static func reduce(
    _ reduction: Reduction, isDouble: Bool, outer: Int, count: Int, inner: Int, _ result: UnsafeMutableRawPointer,
    _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.reduce(reduction, outer, count, inner, result, input) }
  }

  static func softmax(
    isDouble: Bool, outer: Int, count: Int, inner: Int, _ result: UnsafeMutableRawPointer, _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.softmax(outer, count, inner, result, input) }
  }

  static func argmax(
    isDouble: Bool, outer: Int, count: Int, inner: Int, _ result: UnsafeMutableRawPointer, _ input: UnsafeRawPointer
  ) {
    let result = result.assumingMemoryBound(to: Int32.self)
    withElement(isDouble: isDouble) { $0.argmax(outer, count, inner, result, input) }
  }

  static func cumulativeSum(
    isDouble: Bool, outer: Int, count: Int, inner: Int, reverse: Bool, _ result: UnsafeMutableRawPointer,
    _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.cumulativeSum(outer, count, inner, reverse, result, input) }
  }

  /// Moves elements of 4 or 8 bytes out of a strided view.
  static func copyStrided(
    wide: Bool, shape: [Int], strides: [Int], _ result: UnsafeMutableRawPointer, _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: wide) { $0.copyStrided(shape.count, shape, strides, result, input) }
  }

  /// The same for some of the rows.
  static func copyStrided(
    wide: Bool, shape: [Int], rows: Range<Int>, strides: [Int], _ result: UnsafeMutableRawPointer,
    _ input: UnsafeRawPointer
  ) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: shape.count) { part in
      for axis in shape.indices { part[axis] = axis == 0 ? rows.count : shape[axis] }
      guard let part = part.baseAddress else { return }
      withElement(isDouble: wide) { $0.copyStrided(shape.count, part, strides, result, input) }
    }
  }

  /// Moves elements into a strided view.
  static func padStrided(
    isDouble: Bool, shape: [Int], strides: [Int], _ result: UnsafeMutableRawPointer, _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.padStrided(shape.count, shape, strides, result, input) }
  }

  /// Each of some numbers, `step` elements apart, `width` times.
  @inline(__always)
  static func repeatNumbers(
    isDouble: Bool, rows: Int, step: Int = 1, width: Int, _ result: UnsafeMutableRawPointer, _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.repeatNumbers(rows, step, width, result, input) }
  }

  /// Rows of several inputs side by side, in elements of 4 or 8 bytes; inputs that are `nil` are left out.
  @inline(__always)
  static func join(
    wide: Bool, _ inputs: UnsafeBufferPointer<UnsafeRawPointer?>, widths: [Int], rows: Int,
    _ result: UnsafeMutableRawPointer, row: Int
  ) {
    guard let base = inputs.baseAddress else { return }
    withElement(isDouble: wide) { $0.join(inputs.count, base, widths, rows, result, row) }
  }

  /// Reads slices at checked indices.
  static func take(
    isDouble: Bool, outer: Int = 1, length: Int, inner: Int, count: Int, _ indices: UnsafePointer<Int32>,
    _ result: UnsafeMutableRawPointer, _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.take(outer, length, inner, count, indices, result, input) }
  }

  /// Zeros with slices added up at checked indices.
  static func takeTransposed(
    isDouble: Bool, outer: Int, length: Int, inner: Int, count: Int, _ indices: UnsafePointer<Int32>,
    _ result: UnsafeMutableRawPointer, _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.takeTransposed(outer, length, inner, count, indices, result, input) }
  }

  /// Adds the first `width` elements of each of `count` rows of `inner` elements to the row at its checked index.
  static func addAt(
    isDouble: Bool, inner: Int, width: Int, count: Int, _ indices: UnsafePointer<Int32>,
    _ result: UnsafeMutableRawPointer, _ input: UnsafeRawPointer
  ) {
    withElement(isDouble: isDouble) { $0.addAt(inner, width, count, indices, result, input) }
  }
}

extension Kernels.ScalarStep {
  init(_ opcode: Opcode, _ first: Int32, _ second: Int32, _ third: Int32, result: Int32) {
    self.init(op: UInt32(opcode.rawValue), out: result, a: first, b: second, c: third)
  }

  static func load(_ slot: Int32, _ location: Location) -> Self { move(CR_SCALAR_LOAD, slot, location) }
  static func store(_ slot: Int32, _ location: Location) -> Self { move(CR_SCALAR_STORE, slot, location) }

  private static func move(_ code: Int, _ slot: Int32, _ location: Location) -> Self {
    Self(
      op: UInt32(code), out: slot, a: location.base, b: Int32(location.offset >> 32),
      c: Int32(truncatingIfNeeded: location.offset))
  }

  var isStore: Bool { op == UInt32(CR_SCALAR_STORE) }
  /// The first operand is the result of the step before.
  mutating func readLast() { op |= UInt32(CR_SCALAR_LAST) }
}
