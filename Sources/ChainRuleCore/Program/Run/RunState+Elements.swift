/// What single steps do with elements one by one.
extension RunState {
  func fill(_ target: UnsafeMutableRawPointer, _ value: Double, count: Int) {
    if isDouble {
      target.assumingMemoryBound(to: Double.self).update(repeating: value, count: count)
    } else {
      target.assumingMemoryBound(to: Float.self).update(repeating: Float(value), count: count)
    }
  }

  @inline(__always)
  func store(_ value: Double, _ target: UnsafeMutableRawPointer, at position: Int) {
    if isDouble {
      target.assumingMemoryBound(to: Double.self)[position] = value
    } else {
      target.assumingMemoryBound(to: Float.self)[position] = Float(value)
    }
  }

  @inline(__always)
  func load(_ source: UnsafeMutableRawPointer, at position: Int) -> Double {
    isDouble
      ? source.assumingMemoryBound(to: Double.self)[position]
      : Double(source.assumingMemoryBound(to: Float.self)[position])
  }

  /// The indices at a place, all below a limit.
  func indices(_ place: Location, count: Int, below limit: Int, in origin: String) throws -> UnsafePointer<Int32> {
    let indices = pointer(place).assumingMemoryBound(to: Int32.self)
    // Their largest in one sweep, negative ones being larger than all others; which one is wrong is asked only then.
    var largest: UInt32 = 0
    for position in 0..<count { largest = Swift.max(largest, UInt32(bitPattern: indices[position])) }
    if count == 0 || Int(largest) < limit { return UnsafePointer(indices) }
    for position in 0..<count where indices[position] < 0 || Int(indices[position]) >= limit {
      throw ChainRuleError(
        .value, in: origin, required: "indices in 0..<\(limit)", got: "\(indices[position]) at position \(position)")
    }
    return UnsafePointer(indices)
  }
}

extension ThreadPool {
  /// Elements from which on threads share a step.
  static let worthSharing = 32_768

  /// Shares rows out to threads, if there are elements enough.
  static func share(
    rows: Int, elements: Int, threads: Int, _ body: (_ rows: Range<Int>, _ thread: Int) -> Void
  ) {
    if elements < worthSharing || threads == 1 || rows < 2 { return body(0..<rows, 0) }
    let parts = Swift.min(rows, 16)
    shared.run(parts: parts, threads: threads) { part, thread in
      body(rows * part / parts..<rows * (part + 1) / parts, thread)
    }
  }
}
