/// Writes a sum of placed pieces in one sweep: stretches of it that no piece covers are zero, those that one covers are
/// copied, and where pieces overlap they are added.
struct PlacedSumStep: Sendable {
  /// Elements `start ..< start + count` of the result, and where the pieces over them lie.
  struct Stretch: Sendable {
    let start: Int, count: Int
    let pieces: [Location]
  }
  let result: Location
  let stretches: [Stretch]

  /// Stretches are at most this long, so that threads can share them.
  private static let longest = 65_536

  init(offsets: [Int], counts: [Int], pieces: [Location], count: Int, stride: Int, result: Location) {
    self.result = result
    var ends = Set([0, count])
    for (offset, length) in zip(offsets, counts) { ends.formUnion([offset, offset + length]) }
    let sorted = ends.sorted()
    var stretches: [Stretch] = []
    for (first, last) in zip(sorted, sorted.dropFirst()) {
      for start in Swift.stride(from: first, to: last, by: Self.longest) {
        let covering = offsets.indices.filter { offsets[$0] <= start && start < offsets[$0] + counts[$0] }
        let places = covering.map {
          Location(base: pieces[$0].base, offset: pieces[$0].offset + (start - offsets[$0]) * stride)
        }
        stretches.append(Stretch(start: start, count: Swift.min(Self.longest, last - start), pieces: places))
      }
    }
    self.stretches = stretches
  }

  func run(_ state: RunState, threads: Int) {
    let total = stretches.reduce(0) { $0 + $1.count }
    let threads = total < SingleStep.worthSharing ? 1 : threads
    ThreadPool.shared.run(parts: stretches.count, threads: threads) { part, _ in write(stretches[part], state) }
  }

  private func write(_ stretch: Stretch, _ state: RunState) {
    let target = state.pointer(result) + stretch.start * state.stride, bytes = stretch.count * state.stride
    guard let first = stretch.pieces.first else {
      target.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      return
    }
    guard stretch.pieces.count > 1 else {
      return target.copyMemory(from: state.pointer(first), byteCount: bytes)
    }
    var sum = state.pointer(first)
    for piece in stretch.pieces.dropFirst() {
      let next = state.pointer(piece)
      Kernels.add(isDouble: state.isDouble, count: stretch.count, target, sum, next)
      sum = target
    }
  }
}
