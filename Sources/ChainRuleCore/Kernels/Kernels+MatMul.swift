import CKernels

extension Kernels {
  /// op(A) · op(B) for every matrix of a batch: `[…, m, k] · […, k, n] → […, m, n]`.
  static func matmul(_ a: Tensor, _ b: Tensor, transposingA: Bool, transposingB: Bool, shape: Shape) throws -> Tensor {
    let type: ElementType = a.elementType == .float32 || b.elementType == .float32 ? .float32 : .float64
    let (a, b) = (try floating(a).converted(to: type), try floating(b).converted(to: type))
    let result = try make(shape, type)
    let (m, n) = (shape[-2], shape[-1])
    let k = transposingA ? a.shape[-2] : a.shape[-1]
    let batches = m * n == 0 ? 0 : result.count / (m * n)
    for batch in 0..<batches {
      if type == .float64 {
        cr_gemm_f64(
          transposingA, transposingB, m, n, k, 1, a.storage.pointer(Double.self) + batch * m * k, a.shape[-1],
          b.storage.pointer(Double.self) + batch * k * n, b.shape[-1], 0,
          result.storage.pointer(Double.self) + batch * m * n, n)
      } else {
        cr_gemm_f32(
          transposingA, transposingB, m, n, k, 1, a.storage.pointer(Float.self) + batch * m * k, a.shape[-1],
          b.storage.pointer(Float.self) + batch * k * n, b.shape[-1], 0,
          result.storage.pointer(Float.self) + batch * m * n, n)
      }
    }
    withExtendedLifetime((a, b)) {}
    return result
  }
}
