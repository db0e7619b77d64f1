import CKernels

/// Matrix products of tensors.
extension Kernels {
  /// op(A) · op(B) for every matrix of a batch: `[…, m, k] · […, k, n] → […, m, n]`.
  package static func matmul(
    _ a: Tensor, _ b: Tensor, transposingA: Bool, transposingB: Bool, roundsFactors: Bool = false, shape: Shape
  ) throws -> Tensor {
    let (a, b) = try sameFloating(a, b)
    let type = a.elementType
    let result = try make(shape, type)
    let (m, n) = (shape[-2], shape[-1])
    let k = transposingA ? a.shape[-2] : a.shape[-1]
    let batches = m * n == 0 ? 0 : result.count / (m * n)
    let product = PreparedProduct(
      isDouble: type == .float64, m: m, n: n, k: k, transposed: (transposingA, transposingB), lda: a.shape[-1],
      ldb: b.shape[-1], ldc: n, roundsFactors: roundsFactors)
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

/// A matrix product that is decided once and run in blocks of its result.
struct PreparedProduct: Sendable {
  private var gemm = cr_gemm()
  let isDouble: Bool
  var m: Int { gemm.m }
  var n: Int { gemm.n }
  var k: Int { gemm.k }

  /// Row lengths `lda`, `ldb` belong to the matrices as they are stored. Factors are rounded to bfloat16 on request, but
  /// in double precision.
  init(
    isDouble: Bool, m: Int, n: Int, k: Int, transposed: (Bool, Bool), lda: Int, ldb: Int, ldc: Int, alpha: Double = 1,
    beta: Double = 0, isRelu: Bool = false, roundsFactors: Bool = false
  ) {
    self.isDouble = isDouble
    (gemm.m, gemm.n, gemm.k, gemm.lda, gemm.ldb, gemm.ldc) = (m, n, k, lda, ldb, ldc)
    (gemm.a_transposed, gemm.b_transposed, gemm.alpha, gemm.beta) = (transposed.0, transposed.1, alpha, beta)
    (gemm.relu, gemm.bfloat16) = (isRelu, roundsFactors && !isDouble)
    if isDouble { Double.prepare(&gemm) } else { Float.prepare(&gemm) }
  }

  var alpha: Double {
    get { gemm.alpha }
    set { gemm.alpha = newValue }
  }

  var scratchBytes: Int {
    withUnsafePointer(to: gemm) { gemm in Kernels.withElement(isDouble: isDouble) { $0.scratchBytes(gemm) } }
  }

  @inline(__always)
  func run(
    rows: Range<Int>, columns: Range<Int>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ bias: UnsafeRawPointer?,
    _ c: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    withUnsafePointer(to: gemm) { gemm in
      Kernels.withElement(isDouble: isDouble) { $0.multiply(gemm, rows, columns, a, b, bias, c, scratch) }
    }
  }
}
