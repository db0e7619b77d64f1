/// Steps that move elements without computing.

struct CopyStep: Sendable {
  let from: Location, to: Location
  let bytes: Int

  func run(_ state: RunState) {
    if from != to { state.pointer(to).copyMemory(from: state.pointer(from), byteCount: bytes) }
  }
}

/// Reads a strided view into consecutive elements: transposes, flips, slices, broadcasts.
struct StridedCopyStep: Sendable {
  let from: Location, to: Location
  let shape: [Int], strides: [Int]
  /// Elements of 8 bytes instead of 4.
  let isWide: Bool

  func run(_ state: RunState, threads: Int) {
    let rest = shape.dropFirst().reduce(1, *), bytes = isWide ? 8 : 4
    let (source, target) = (state.pointer(from), state.pointer(to))
    guard let rows = shape.first, rows * rest >= ThreadPool.worthSharing, threads > 1 else {
      return Kernels.copyStrided(wide: isWide, shape: shape, strides: strides, target, source)
    }
    ThreadPool.share(rows: rows, elements: rows * rest, threads: threads) { range, _ in
      Kernels.copyStrided(
        wide: isWide, shape: shape, rows: range, strides: strides, target + range.lowerBound * rest * bytes,
        source + range.lowerBound * strides[0] * bytes)
    }
  }
}

/// Writes elements to a strided view of a value that has one number everywhere else.
struct PadStep: Sendable {
  let from: Location, to: Location
  let shape: [Int], strides: [Int]
  /// Elements of the result before the first one that is written, and all of them.
  let offset: Int, count: Int
  let filling: Double

  func run(_ state: RunState) {
    let target = state.pointer(to)
    state.fill(target, filling, count: count)
    guard shape.allSatisfy({ $0 > 0 }) else { return }
    Kernels.padStrided(
      isDouble: state.isDouble, shape: shape, strides: strides, target + offset * state.stride, state.pointer(from))
  }
}

struct ConcatenateStep: Sendable {
  /// One input: where it is, and the bytes of it in each outer row.
  struct Part: Sendable {
    let from: Location
    /// Whether it has been computed in its place.
    let isThere: Bool
    let bytes: Int
  }
  let parts: [Part]
  let to: Location
  /// Rows, and the bytes of one in the result.
  let outer: Int, bytes: Int

  func run(_ state: RunState) {
    var start = state.pointer(to)
    for part in parts {
      let source = state.pointer(part.from)
      for row in 0..<(part.isThere ? 0 : outer) {
        (start + row * bytes).copyMemory(from: source + row * part.bytes, byteCount: part.bytes)
      }
      start += part.bytes
    }
  }
}
