/// What moves elements of matrices: the last two axes of a tensor; leading axes are a batch.
extension Kernels {
  /// The elements on and below (or above) a diagonal, zeros elsewhere; the main diagonal is multiplied by a weight.
  package static func triangle(
    _ input: Tensor, isLower: Bool, offset: Int, diagonalWeight: Double
  ) throws -> Tensor {
    let input = try floating(input), (rows, columns) = (input.shape[-2], input.shape[-1])
    let result = try make(input.shape, input.elementType), size = input.elementType.stride
    guard input.count > 0 else { return result }
    for row in 0..<input.count / columns {
      let place = row % rows
      // The first column of what is kept, and the one after the last.
      let edge = Swift.min(Swift.max(place + offset + (isLower ? 1 : 0), 0), columns)
      let kept = isLower ? 0..<edge : edge..<columns, start = row * columns
      let out = result.storage.base + start * size
      out.initializeMemory(as: UInt8.self, repeating: 0, count: columns * size)
      (out + kept.lowerBound * size).copyMemory(
        from: input.storage.base + (start + kept.lowerBound) * size, byteCount: kept.count * size)
      if diagonalWeight != 1, kept.contains(place) {
        withElement(isDouble: input.isDouble) { $0.scale(out, at: place, by: diagonalWeight) }
      }
    }
    withExtendedLifetime(input) {}
    return result
  }

  /// Rows of each matrix in an order `[…, m]` of numbers: out[i] = in[order[i]], or the other way round.
  package static func permuteRows(_ input: Tensor, order: Tensor, isTransposed: Bool) throws -> Tensor {
    let input = try floating(input), (rows, columns) = (input.shape[-2], input.shape[-1])
    let result = try make(input.shape, input.elementType), bytes = columns * input.elementType.stride
    guard input.count > 0 else { return result }
    var seen = [Int](repeating: -1, count: rows)
    for row in 0..<order.count {
      let place = order.element(row), batch = row / rows
      guard place >= 0, place < Double(rows), place == place.rounded(), seen[Int(place)] < batch else {
        throw ChainRuleError(
          .value, in: "permuteRows", required: "each row once", got: "row \(Tensor.digits(place))")
      }
      seen[Int(place)] = batch
      let other = batch * rows + Int(place), (from, to) = isTransposed ? (row, other) : (other, row)
      (result.storage.base + to * bytes).copyMemory(from: input.storage.base + from * bytes, byteCount: bytes)
    }
    withExtendedLifetime(input) {}
    return result
  }
}

extension KernelElement {
  @inline(__always)
  fileprivate static func scale(_ memory: UnsafeMutableRawPointer, at place: Int, by weight: Double) {
    memory.assumingMemoryBound(to: Self.self)[place] *= Self(weight)
  }
}
