extension SingleStep {
  func run(_ state: RunState, threads: Int) throws {
    let isDouble = state.isDouble
    switch self {
    case .copy(let from, let to, let bytes):
      if from != to { state.pointer(to).copyMemory(from: state.pointer(from), byteCount: bytes) }
    case .stridedCopy(let from, let to, let shape, let strides, let wide):
      let rest = shape.dropFirst().reduce(1, *), bytes = wide ? 8 : 4
      let (source, target) = (state.pointer(from), state.pointer(to))
      guard let rows = shape.first, rows * rest >= Self.worthSharing, threads > 1 else {
        return Kernels.copyStrided(wide: wide, shape: shape, strides: strides, target, source)
      }
      share(rows, rows * rest, threads) { range, _ in
        Kernels.copyStrided(
          wide: wide, shape: shape, rows: range, strides: strides, target + range.lowerBound * rest * bytes,
          source + range.lowerBound * strides[0] * bytes)
      }
    case .place(let from, let to, let shape, let strides, let offset, let count, let filling):
      let target = state.pointer(to)
      fill(target, filling, count, isDouble)
      if shape.allSatisfy({ $0 > 0 }) {
        Kernels.placeStrided(
          isDouble: isDouble, shape: shape, strides: strides, target + offset * state.stride, state.pointer(from))
      }
    case .concatenate(let parts, let to, let outer, let bytes):
      var start = state.pointer(to)
      for part in parts {
        let source = state.pointer(part.from)
        for row in 0..<outer {
          (start + row * bytes).copyMemory(from: source + row * part.bytes, byteCount: part.bytes)
        }
        start += part.bytes
      }
    case .reduce(let reduction, let spans, let from, let to):
      share(spans.outer, spans.outer * spans.count * spans.inner, threads) { rows, _ in
        Kernels.reduce(
          reduction.rawValue, isDouble: isDouble, outer: rows.count, count: spans.count, inner: spans.inner,
          state.pointer(to) + rows.lowerBound * spans.inner * state.stride,
          state.pointer(from) + rows.lowerBound * spans.count * spans.inner * state.stride)
      }
    case .softmax(let spans, let from, let to):
      Kernels.softmax(
        isDouble: isDouble, outer: spans.outer, count: spans.count, inner: spans.inner, state.pointer(to),
        state.pointer(from))
    case .argmax(let spans, let from, let to):
      Kernels.argmax(
        isDouble: isDouble, outer: spans.outer, count: spans.count, inner: spans.inner, state.pointer(to),
        state.pointer(from))
    case .cumulativeSum(let spans, let reverse, let from, let to):
      Kernels.cumulativeSum(
        isDouble: isDouble, outer: spans.outer, count: spans.count, inner: spans.inner, reverse: reverse,
        state.pointer(to), state.pointer(from))
    case .take(let spans, let transposed, let indices, let indexCount, let from, let to, let origin):
      let index = state.pointer(indices).assumingMemoryBound(to: Int32.self)
      try check(index, indexCount, below: spans.count, origin)
      if transposed { fill(state.pointer(to), 0, spans.outer * spans.count * spans.inner, isDouble) }
      Kernels.take(
        isDouble: isDouble, transposed: transposed, outer: spans.outer, length: spans.count, inner: spans.inner,
        count: indexCount, index, state.pointer(to), state.pointer(from))
    case .takeAlong(let spans, let transposed, let indices, let indexLength, let from, let to, let origin):
      let index = state.pointer(indices).assumingMemoryBound(to: Int32.self)
      try check(index, spans.outer * indexLength * spans.inner, below: spans.count, origin)
      share(spans.outer, spans.outer * (spans.count + indexLength) * spans.inner, threads) { rows, _ in
        if isDouble {
          Self.takeAlong(
            spans, rows, transposed, index, indexLength, state.pointer(from).assumingMemoryBound(to: Double.self),
            state.pointer(to).assumingMemoryBound(to: Double.self))
        } else {
          Self.takeAlong(
            spans, rows, transposed, index, indexLength, state.pointer(from).assumingMemoryBound(to: Float.self),
            state.pointer(to).assumingMemoryBound(to: Float.self))
        }
      }
    case .oneHot(let indices, let count, let depth, let to):
      let index = state.pointer(indices).assumingMemoryBound(to: Int32.self)
      try check(index, count, below: depth, "oneHot")
      fill(state.pointer(to), 0, count * depth, isDouble)
      for position in 0..<count { Self.store(1, state.pointer(to), position * depth + Int(index[position]), isDouble) }
    default: try runOther(state, threads)
    }
  }

  private func runOther(_ state: RunState, _ threads: Int) throws {
    let isDouble = state.isDouble
    switch self {
    case .asNumbers(let from, let to, let count):
      let source = state.pointer(from).assumingMemoryBound(to: Int32.self)
      for position in 0..<count { Self.store(Double(source[position]), state.pointer(to), position, isDouble) }
    case .asIndices(let from, let to, let count):
      let target = state.pointer(to).assumingMemoryBound(to: Int32.self)
      for position in 0..<count {
        let value = Self.load(state.pointer(from), position, isDouble)
        target[position] = Int32(exactly: value.rounded(.towardZero)) ?? 0
      }
    case .convolution(let step): step.run(state, threads: threads)
    case .placedSum(let step): step.run(state, threads: threads)
    case .maxPoolWinners(let windows, let from, let to):
      let positions = state.pointer(to).assumingMemoryBound(to: Int32.self)
      share(windows.planes, windows.planes * windows.places, threads) { planes, thread in
        windows.winners(
          planes, isDouble: isDouble, state.pointer(from), positions, spare: state.scratch(of: thread))
      }
    case .averagePool(let windows, let transposed, let from, let to):
      share(windows.planes, windows.planes * windows.places, threads) { planes, _ in
        windows.average(planes, transposed: transposed, isDouble: isDouble, state.pointer(from), state.pointer(to))
      }
    case .random(let primitive, let counter, let to, let count):
      let number = Self.load(state.pointer(counter), 0, isDouble)
      for position in 0..<count {
        Self.store(primitive.number(at: position, counter: number), state.pointer(to), position, isDouble)
      }
    case .general(let step): try step.run(state)
    default: break
    }
  }

  /// Elements from which on threads share a step.
  static let worthSharing = 32_768

  /// Shares rows out to threads, if there are elements enough.
  private func share(_ rows: Int, _ elements: Int, _ threads: Int, _ body: (Range<Int>, _ thread: Int) -> Void) {
    if elements < Self.worthSharing || threads == 1 || rows < 2 { return body(0..<rows, 0) }
    let parts = Swift.min(rows, 16)
    ThreadPool.shared.run(parts: parts, threads: threads) { part, thread in
      body(rows * part / parts..<rows * (part + 1) / parts, thread)
    }
  }

  // MARK: Elements

  private func fill(_ target: UnsafeMutableRawPointer, _ value: Double, _ count: Int, _ isDouble: Bool) {
    if isDouble {
      target.assumingMemoryBound(to: Double.self).update(repeating: value, count: count)
    } else {
      target.assumingMemoryBound(to: Float.self).update(repeating: Float(value), count: count)
    }
  }

  private static func store(_ value: Double, _ target: UnsafeMutableRawPointer, _ position: Int, _ isDouble: Bool) {
    if isDouble {
      target.assumingMemoryBound(to: Double.self)[position] = value
    } else {
      target.assumingMemoryBound(to: Float.self)[position] = Float(value)
    }
  }

  private static func load(_ source: UnsafeMutableRawPointer, _ position: Int, _ isDouble: Bool) -> Double {
    isDouble
      ? source.assumingMemoryBound(to: Double.self)[position]
      : Double(source.assumingMemoryBound(to: Float.self)[position])
  }

  private func check(_ indices: UnsafePointer<Int32>, _ count: Int, below limit: Int, _ origin: String) throws {
    for position in 0..<count where indices[position] < 0 || Int(indices[position]) >= limit {
      throw ChainRuleError(
        .value, in: origin, required: "indices in 0..<\(limit)", got: "\(indices[position]) at position \(position)")
    }
  }

  /// out[o, j, i] = x[o, index[o, j, i], i], or its transpose; the indices are `[outer, length, inner]`.
  private static func takeAlong<T: BinaryFloatingPoint>(
    _ spans: Spans, _ rows: Range<Int>, _ transposed: Bool, _ indices: UnsafePointer<Int32>, _ length: Int,
    _ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>
  ) {
    let row = spans.count * spans.inner
    if transposed { (to + rows.lowerBound * row).update(repeating: 0, count: rows.count * row) }
    var position = rows.lowerBound * length * spans.inner
    for outer in rows {
      for _ in 0..<length {
        for inner in 0..<spans.inner {
          let place = (outer * spans.count + Int(indices[position])) * spans.inner + inner
          if transposed { to[place] += from[position] } else { to[position] = from[place] }
          position += 1
        }
      }
    }
  }
}
