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
  /// The elements of each part in a row.
  private let widths: [Int]
  let to: Location
  /// Rows, and the bytes of one in the result.
  let outer: Int, bytes: Int
  /// Bytes of an element.
  private let stride: Int

  init(parts: [Part], to: Location, outer: Int, bytes: Int, stride: Int) {
    (self.parts, self.to, self.outer, self.bytes, self.stride) = (parts, to, outer, bytes, stride)
    widths = parts.map { $0.bytes / stride }
  }

  func run(_ state: RunState, threads: Int) {
    if outer == 1 { return runOneRow(state) }
    let target = state.pointer(to)
    ThreadPool.share(rows: outer, elements: outer * bytes / stride, threads: threads) { rows, _ in
      withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: parts.count) { inputs in
        for (place, part) in parts.enumerated() {
          inputs[place] = part.isThere ? nil : UnsafeRawPointer(state.pointer(part.from) + rows.lowerBound * part.bytes)
        }
        Kernels.join(
          wide: stride == 8, UnsafeBufferPointer(inputs), widths: widths, rows: rows.count,
          target + rows.lowerBound * bytes, row: bytes / stride)
      }
    }
  }

  private func runOneRow(_ state: RunState) {
    var start = state.pointer(to)
    for part in parts {
      if !part.isThere { start.copyMemory(from: state.pointer(part.from), byteCount: part.bytes) }
      start += part.bytes
    }
  }
}
