import ChainRuleCore

extension GoldenArray {
  /// As a tensor; integers become indices.
  var tensor: Tensor {
    kind == .int64
      ? Tensor(indices: scalars.map { Int($0) }, shape: Shape(shape)) : Tensor(shape: Shape(shape), scalars)
  }

  /// What is wrong with a tensor, or nil if it agrees.
  func mismatch(_ actual: Tensor, relative: Double = 1e-10, absolute: Double = 1e-12) -> String? {
    mismatch(actual.scalars, shape: actual.shape.dimensions, relative: relative, absolute: absolute)
  }
}
