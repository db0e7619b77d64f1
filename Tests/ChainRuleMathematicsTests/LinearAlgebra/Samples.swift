import ChainRule

/// Numbers between −1 and 1 that are the same in every run.
func sample(_ shape: Shape, seed: UInt64 = 1) -> Tensor {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(shape.elementCount)
  func next() -> Double {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return Double((state &* 0x2545_F491_4F6C_DD1D) >> 11) / Double(1 << 52) - 1
  }
  return Tensor(shape: shape, (0..<shape.elementCount).map { _ in next() })
}

/// The same with a larger diagonal: well-conditioned, and its symmetric part positive definite.
func dominant(_ shape: Shape, seed: UInt64 = 1) -> Tensor {
  let n = shape[-1]
  let values = sample(shape, seed: seed).scalars
  return Tensor(
    shape: shape, values.indices.map { $0 / n % shape[-2] == $0 % n ? values[$0] + Double(n) : values[$0] })
}

extension Tensor {
  /// The largest magnitude of its elements.
  var largest: Double { scalars.map(\.magnitude).max() ?? 0 }
}

/// The largest difference of two nodes' elements.
func distance(_ a: Node, _ b: Node) throws -> Double { try (a - b).value().largest }
