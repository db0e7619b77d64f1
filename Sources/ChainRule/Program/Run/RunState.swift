/// What a run works on: the table of bases, the file of numbers, and scratch memory for each thread.
///
/// Unchecked Sendable: a program's lock admits one run at a time, and within a run each thread has scratch of its own
/// and writes rows of its own.
final class RunState: @unchecked Sendable {
  let isDouble: Bool
  let stride: Int
  let bases: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let file: UnsafeMutablePointer<Double>
  let arena: UnsafeMutableRawPointer
  private let scratch: UnsafeMutableRawPointer
  private let scratchBytes: Int
  let threads: Int

  init(isDouble: Bool, baseCount: Int, file numbers: [Double], arenaBytes: Int, scratchBytes: Int, threads: Int) {
    self.isDouble = isDouble
    self.threads = threads
    stride = isDouble ? 8 : 4
    bases = .allocate(capacity: baseCount)
    file = .allocate(capacity: Swift.max(1, numbers.count))
    for (index, number) in numbers.enumerated() { file[index] = number }
    arena = .allocate(byteCount: Swift.max(64, arenaBytes), alignment: 64)
    self.scratchBytes = (scratchBytes + 127) & ~63
    scratch = .allocate(byteCount: self.scratchBytes * threads, alignment: 64)
    for index in 0..<baseCount { bases[index] = arena }
  }

  deinit {
    bases.deallocate()
    file.deallocate()
    arena.deallocate()
    scratch.deallocate()
  }

  func scratch(of thread: Int) -> UnsafeMutableRawPointer { scratch + thread * scratchBytes }

  @inline(__always)
  func pointer(_ location: Location) -> UnsafeMutableRawPointer { bases[Int(location.base)] + location.offset }
}
