extension Kernels {
  /// op(A) · op(B) for every matrix of a batch: `[…, m, k] · […, k, n] → […, m, n]`.
  static func matmul(_ a: Tensor, _ b: Tensor, transposingA: Bool, transposingB: Bool, shape: Shape) throws -> Tensor {
    let type: ElementType = a.elementType == .float32 || b.elementType == .float32 ? .float32 : .float64
    let (a, b) = (try floating(a).converted(to: type), try floating(b).converted(to: type))
    let result = try make(shape, type)
    let (m, n) = (shape[-2], shape[-1])
    let k = transposingA ? a.shape[-2] : a.shape[-1]
    let batches = m * n == 0 ? 0 : result.count / (m * n)
    let product = PreparedProduct(
      isDouble: type == .float64, m: m, n: n, k: k, transposed: (transposingA, transposingB), lda: a.shape[-1],
      ldb: b.shape[-1], ldc: n)
    let (strideA, strideB, strideC) = (m * k * type.stride, k * n * type.stride, m * n * type.stride)
    withUnsafeTemporaryAllocation(byteCount: product.scratchBytes + 64, alignment: 64) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for batch in 0..<batches {
        product.run(
          rows: 0..<m, columns: 0..<n, a.storage.base + batch * strideA, b.storage.base + batch * strideB, nil,
          result.storage.base + batch * strideC, scratch: scratch)
      }
    }
    withExtendedLifetime((a, b)) {}
    return result
  }
}
