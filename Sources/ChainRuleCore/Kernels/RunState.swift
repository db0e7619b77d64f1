/// What a run works on: the table of bases, the file of scalars, and scratch memory for each thread.
///
/// Unchecked Sendable: a program's lock admits one run at a time, which writes the table before its first step; within
/// a step each thread has scratch of its own and writes rows of its own.
final class RunState: @unchecked Sendable {
  let isDouble: Bool
  let stride: Int
  let bases: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let baseCount: Int
  let file: UnsafeMutablePointer<Double>
  /// The steps of scalars.
  let scalars: UnsafeMutablePointer<Kernels.ScalarStep>
  let arena: UnsafeMutableRawPointer
  private let scratch: UnsafeMutableRawPointer
  private let scratchBytes: Int
  let threads: Int
  /// Bytes of the arena and of all threads' scratch.
  let allocatedBytes: Int

  /// - Throws: more memory than the system gives.
  init(isDouble: Bool, baseCount: Int, scalars: ScalarCode, arenaBytes: Int, scratchBytes: Int, threads: Int) throws {
    let arena = try RawMemory.allocate(bytes: arenaBytes, in: "compile")
    self.scratchBytes = Self.scratchBytes(scratchBytes)
    do { scratch = try RawMemory.allocate(bytes: self.scratchBytes * threads, in: "compile") } catch {
      RawMemory.release(arena)
      throw error
    }
    self.arena = arena
    allocatedBytes = arenaBytes + self.scratchBytes * threads
    self.isDouble = isDouble
    self.threads = threads
    self.baseCount = baseCount
    stride = isDouble ? 8 : 4
    bases = .allocate(capacity: baseCount)
    file = Self.copy(scalars.file)
    self.scalars = Self.copy(scalars.steps)
    for index in 0..<baseCount { bases[index] = arena }
  }

  deinit {
    bases.deallocate()
    file.deallocate()
    scalars.deallocate()
    RawMemory.release(arena)
    RawMemory.release(scratch)
  }

  private static func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: Swift.max(1, elements.count))
    elements.withUnsafeBufferPointer {
      if let source = $0.baseAddress { pointer.initialize(from: source, count: $0.count) }
    }
    return pointer
  }

  /// What a thread is given where steps need so many bytes.
  static func scratchBytes(_ needed: Int) -> Int { (needed + 127) & ~63 }

  /// How many threads a run can have.
  static var mostThreads: Int { ThreadPool.shared.workers + 1 }

  func scratch(of thread: Int) -> UnsafeMutableRawPointer { scratch + thread * scratchBytes }

  /// What stands in the table of bases for an entry, given by the place at its start.
  subscript(entry: Location) -> UnsafeMutableRawPointer {
    get { bases[Int(entry.base)] }
    set { bases[Int(entry.base)] = newValue }
  }

  @inline(__always)
  func pointer(_ location: Location) -> UnsafeMutableRawPointer { bases[Int(location.base)] + location.offset }
}
