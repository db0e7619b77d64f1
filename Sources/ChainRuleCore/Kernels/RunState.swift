/// What a run works on: the table of bases, the file of numbers, and scratch memory for each thread.
///
/// Unchecked Sendable: a program's lock admits one run at a time, and within a run each thread has scratch of its own
/// and writes rows of its own.
final class RunState: @unchecked Sendable {
  let isDouble: Bool
  let stride: Int
  let bases: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let baseCount: Int
  let file: UnsafeMutablePointer<Double>
  /// The steps of numbers.
  let numbers: UnsafeMutablePointer<Kernels.NumberStep>
  let arena: UnsafeMutableRawPointer
  private let scratch: UnsafeMutableRawPointer
  private let scratchBytes: Int
  let threads: Int

  init(isDouble: Bool, baseCount: Int, numbers: NumberCode, arenaBytes: Int, scratchBytes: Int, threads: Int) {
    self.isDouble = isDouble
    self.threads = threads
    self.baseCount = baseCount
    stride = isDouble ? 8 : 4
    bases = .allocate(capacity: baseCount)
    file = Self.copy(numbers.file)
    self.numbers = Self.copy(numbers.steps)
    arena = .allocate(byteCount: Swift.max(64, arenaBytes), alignment: 64)
    self.scratchBytes = (scratchBytes + 127) & ~63
    scratch = .allocate(byteCount: self.scratchBytes * threads, alignment: 64)
    for index in 0..<baseCount { bases[index] = arena }
  }

  deinit {
    bases.deallocate()
    file.deallocate()
    numbers.deallocate()
    arena.deallocate()
    scratch.deallocate()
  }

  private static func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: Swift.max(1, elements.count))
    elements.withUnsafeBufferPointer {
      if let source = $0.baseAddress { pointer.initialize(from: source, count: $0.count) }
    }
    return pointer
  }

  func scratch(of thread: Int) -> UnsafeMutableRawPointer { scratch + thread * scratchBytes }

  @inline(__always)
  func pointer(_ location: Location) -> UnsafeMutableRawPointer { bases[Int(location.base)] + location.offset }
}
