/// Steps that read or write at indices. Indices are checked in every run, but for constants.

/// Reads slices at indices of an axis, or adds slices up there.
struct TakeStep: Sendable {
  /// `count` is the length of the axis.
  let spans: Spans
  let isTransposed: Bool
  let indices: Location, indexCount: Int
  /// Whether they are constants that were found to lie within the axis.
  let areChecked: Bool
  let from: Location, to: Location
  let origin: String

  func run(_ state: RunState, threads: Int) throws {
    let index = try state.indices(indices, count: areChecked ? 0 : indexCount, below: spans.count, in: origin)
    if isTransposed {
      return Kernels.takeTransposed(
        isDouble: state.isDouble, outer: spans.outer, length: spans.count, inner: spans.inner, count: indexCount,
        index, state.pointer(to), state.pointer(from))
    }
    let (source, target) = (state.pointer(from), state.pointer(to)), bytes = spans.inner * state.stride
    for outer in 0..<spans.outer {
      ThreadPool.share(rows: indexCount, elements: indexCount * spans.inner, threads: threads) { rows, _ in
        Kernels.take(
          isDouble: state.isDouble, length: spans.count, inner: spans.inner, count: rows.count,
          index + rows.lowerBound, target + (outer * indexCount + rows.lowerBound) * bytes,
          source + outer * spans.count * bytes)
      }
    }
  }
}

/// Adds slices, or elements, at indices of an axis to what is there, which stays as it is everywhere else.
struct AddAtStep: Sendable {
  struct Term: Sendable {
    let values: Location, indices: Location
    let count: Int
  }
  /// `count` is the length of the axis.
  let spans: Spans
  /// Whether there is an index for each element, `[outer, length, inner]`, not for each slice.
  let isAlong: Bool
  /// What the slices are added to; often where the sum lies.
  let start: Location
  let terms: [Term]
  let to: Location

  func run(_ state: RunState, threads: Int) throws {
    for term in terms {
      _ = try state.indices(
        term.indices, count: term.count, below: spans.count, in: isAlong ? "scatterAddAlong" : "scatterAdd")
    }
    if start != to {
      state.pointer(to).copyMemory(from: state.pointer(start), byteCount: spans.elements * state.stride)
    }
    if isAlong {
      for term in terms { state.isDouble ? addAlong(term, state, Double.self) : addAlong(term, state, Float.self) }
      return
    }
    // Threads share the columns, so that what an index that is repeated adds up keeps its order.
    let lines = (spans.inner * state.stride + 63) / 64, elements = terms.reduce(0) { $0 + $1.count } * spans.inner
    for outer in 0..<spans.outer {
      ThreadPool.share(rows: lines / 2, elements: elements, threads: threads) { pairs, _ in
        let end = pairs.upperBound == lines / 2 ? lines : 2 * pairs.upperBound
        add(outer, columns: 2 * pairs.lowerBound * 64 / state.stride..<end * 64 / state.stride, state)
      }
    }
  }

  /// Indices that were found to lie within the axis.
  private func indices(of term: Term, _ state: RunState) -> UnsafePointer<Int32> {
    UnsafePointer(state.pointer(term.indices).assumingMemoryBound(to: Int32.self))
  }

  private func add(_ outer: Int, columns: Range<Int>, _ state: RunState) {
    let columns = columns.clamped(to: 0..<spans.inner)
    let target = state.pointer(to) + (outer * spans.count * spans.inner + columns.lowerBound) * state.stride
    for term in terms {
      let values = state.pointer(term.values) + (outer * term.count * spans.inner + columns.lowerBound) * state.stride
      Kernels.addAt(
        isDouble: state.isDouble, inner: spans.inner, width: columns.count, count: term.count,
        indices(of: term, state), target, values)
    }
  }

  private func addAlong<T: BinaryFloatingPoint>(_ term: Term, _ state: RunState, _ type: T.Type) {
    let indices = indices(of: term, state), from = state.pointer(term.values).assumingMemoryBound(to: T.self)
    let to = state.pointer(self.to).assumingMemoryBound(to: T.self)
    let length = term.count / Swift.max(1, spans.outer * spans.inner)
    var position = 0
    for outer in 0..<spans.outer {
      for _ in 0..<length {
        for inner in 0..<spans.inner {
          to[(outer * spans.count + Int(indices[position])) * spans.inner + inner] += from[position]
          position += 1
        }
      }
    }
  }
}

/// out[o, j, i] = x[o, index[o, j, i], i], or its transpose; the indices are `[outer, length, inner]`.
struct TakeAlongStep: Sendable {
  /// `count` is the length of the axis.
  let spans: Spans
  let isTransposed: Bool
  let indices: Location, indexLength: Int
  let from: Location, to: Location
  let origin: String

  func run(_ state: RunState, threads: Int) throws {
    let index = try state.indices(
      indices, count: spans.outer * indexLength * spans.inner, below: spans.count, in: origin)
    let elements = spans.outer * (spans.count + indexLength) * spans.inner
    ThreadPool.share(rows: spans.outer, elements: elements, threads: threads) { rows, _ in
      if state.isDouble {
        run(
          rows, index, state.pointer(from).assumingMemoryBound(to: Double.self),
          state.pointer(to).assumingMemoryBound(to: Double.self))
      } else {
        run(
          rows, index, state.pointer(from).assumingMemoryBound(to: Float.self),
          state.pointer(to).assumingMemoryBound(to: Float.self))
      }
    }
  }

  private func run<T: BinaryFloatingPoint>(
    _ rows: Range<Int>, _ indices: UnsafePointer<Int32>, _ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>
  ) {
    let row = spans.count * spans.inner
    if isTransposed { (to + rows.lowerBound * row).update(repeating: 0, count: rows.count * row) }
    var position = rows.lowerBound * indexLength * spans.inner
    for outer in rows {
      for _ in 0..<indexLength {
        for inner in 0..<spans.inner {
          let place = (outer * spans.count + Int(indices[position])) * spans.inner + inner
          if isTransposed { to[place] += from[position] } else { to[position] = from[place] }
          position += 1
        }
      }
    }
  }
}

struct OneHotStep: Sendable {
  let indices: Location, count: Int
  let depth: Int
  let to: Location

  func run(_ state: RunState) throws {
    let index = try state.indices(indices, count: count, below: depth, in: "oneHot")
    state.fill(state.pointer(to), 0, count: count * depth)
    for position in 0..<count { state.store(1, state.pointer(to), at: position * depth + Int(index[position])) }
  }
}

struct AsNumbersStep: Sendable {
  let from: Location, to: Location
  let count: Int

  func run(_ state: RunState) {
    let source = state.pointer(from).assumingMemoryBound(to: Int32.self)
    for position in 0..<count { state.store(Double(source[position]), state.pointer(to), at: position) }
  }
}

/// Numbers that are read as indices; what is no whole number of 32 bits is a mistake in every run.
struct AsIndicesStep: Sendable {
  let from: Location, to: Location
  let count: Int
  let reader: String

  func run(_ state: RunState) throws {
    let target = state.pointer(to).assumingMemoryBound(to: Int32.self)
    for position in 0..<count {
      let value = state.load(state.pointer(from), at: position)
      guard let index = Int32(exactly: value) else { throw Tensor.noIndex(value, at: position, in: reader) }
      target[position] = index
    }
  }
}
