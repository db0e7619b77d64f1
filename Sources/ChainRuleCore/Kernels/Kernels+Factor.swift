import CKernels

/// Factorizations of the last two axes of tensors; leading axes are a batch. Shapes are checked by the primitives.
///
/// What can fail tells by a number: 0 where all went well, else a pivot's, from 1.
extension Kernels {
  private static func factor(_ a: Shape, columns: Int? = nil) -> cr_factor {
    var factor = cr_factor()
    (factor.m, factor.n) = (a[-2], columns ?? a[-1])
    factor.count = Shape(Array(a.dimensions.dropLast(2))).elementCount
    return factor
  }

  private static func run(
    _ factor: inout cr_factor, _ a: Tensor, into shape: Shape,
    _ body: (
      any KernelElement.Type, _ factor: UnsafeMutablePointer<cr_factor>, UnsafeRawPointer, UnsafeMutableRawPointer
    )
      -> Void
  ) throws -> Tensor {
    let result = try make(shape, a.elementType)
    guard result.count > 0 else { return result }
    withElement(isDouble: a.isDouble) { body($0, &factor, a.storage.base, result.storage.base) }
    withExtendedLifetime(a) {}
    return result
  }

  /// The lower triangle L of A = LLᵀ, from the symmetric part of A.
  package static func cholesky(_ a: Tensor) throws -> (value: Tensor, failed: Int) {
    let a = try floating(a)
    var factor = factor(a.shape)
    let value = try run(&factor, a, into: a.shape) { $0.cholesky($1, $2, $3) }
    return (value, factor.failed)
  }

  /// X of op(T)·X = B for T `[…, n, n]` and B `[…, n, m]`; one triangle of T is read.
  package static func triangularSolve(
    _ t: Tensor, _ b: Tensor, isLower: Bool, isTransposed: Bool
  ) throws -> (value: Tensor, failed: Int) {
    let (t, b) = try sameFloating(t, b)
    var factor = factor(b.shape)
    (factor.m, factor.n, factor.lower, factor.mirrored) = (b.shape[-1], b.shape[-2], isLower, isTransposed)
    let value = try run(&factor, t, into: b.shape) { element, factor, t, x in
      x.copyMemory(from: b.storage.base, byteCount: b.count * b.elementType.stride)
      element.triangularSolve(factor, t, x)
    }
    withExtendedLifetime(b) {}
    return (value, factor.failed)
  }

  /// L and U of P·A = L·U in one, `[…, m, n + 1]`: the last column tells which row of A each row is.
  package static func lu(_ a: Tensor) throws -> Tensor {
    let a = try floating(a)
    var factor = factor(a.shape)
    return try run(&factor, a, into: Shape(a.shape.dimensions.dropLast() + [a.shape[-1] + 1])) { $0.lu($1, $2, $3) }
  }

  /// X of op(A)·X = B from what `lu` made of a square A.
  package static func solve(
    factors: Tensor, _ b: Tensor, isTransposed: Bool
  ) throws -> (value: Tensor, failed: Int) {
    let (factors, b) = try sameFloating(factors, b)
    var factor = factor(b.shape)
    (factor.m, factor.n, factor.mirrored) = (b.shape[-1], b.shape[-2], isTransposed)
    let value = try run(&factor, factors, into: b.shape) { $0.solve($1, $2, b.storage.base, $3) }
    withExtendedLifetime(b) {}
    return (value, factor.failed)
  }

  /// Q above R for `[…, m, n]` with m ≥ n: `[…, m + n, n]`.
  package static func qr(_ a: Tensor) throws -> Tensor {
    let a = try floating(a), (m, n) = (a.shape[-2], a.shape[-1])
    var factor = factor(a.shape)
    return try run(&factor, a, into: Shape(a.shape.dimensions.dropLast(2) + [m + n, n])) { $0.qr($1, $2, $3) }
  }

  /// The eigenvalues of the symmetric part, ascending, above their vectors, `[…, n + 1, n]`, or alone, `[…, 1, n]`.
  package static func eigh(_ a: Tensor, valuesOnly: Bool = false) throws -> (value: Tensor, failed: Int) {
    let a = try floating(a), n = a.shape[-1]
    var factor = factor(a.shape)
    factor.values_only = valuesOnly
    let shape = Shape(a.shape.dimensions.dropLast(2) + [valuesOnly ? 1 : n + 1, n])
    let value = try run(&factor, a, into: shape) { $0.eigh($1, $2, $3) }
    return (value, factor.failed)
  }

  /// U, the singular values, descending, and V, one above the other, `[…, m + 1 + n, min(m, n)]`, or the values alone,
  /// `[…, 1, min(m, n)]`.
  package static func svd(_ a: Tensor, valuesOnly: Bool = false) throws -> (value: Tensor, failed: Int) {
    let a = try floating(a), (m, n) = (a.shape[-2], a.shape[-1])
    var factor = factor(a.shape)
    factor.values_only = valuesOnly
    let shape = Shape(a.shape.dimensions.dropLast(2) + [valuesOnly ? 1 : m + 1 + n, Swift.min(m, n)])
    let value = try run(&factor, a, into: shape) { $0.svd($1, $2, $3) }
    return (value, factor.failed)
  }
}

extension Float {
  static func cholesky(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ l: Output) {
    cr_cholesky_f32(factor, a.assumingMemoryBound(to: Float.self), l.assumingMemoryBound(to: Float.self))
  }
  static func triangularSolve(_ factor: UnsafeMutablePointer<cr_factor>, _ t: Input, _ b: Output) {
    cr_triangular_solve_f32(factor, t.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self))
  }
  static func lu(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ factors: Output) {
    cr_lu_f32(factor, a.assumingMemoryBound(to: Float.self), factors.assumingMemoryBound(to: Float.self))
  }
  static func solve(_ factor: UnsafeMutablePointer<cr_factor>, _ factors: Input, _ b: Input, _ x: Output) {
    cr_lu_solve_f32(
      factor, factors.assumingMemoryBound(to: Float.self), b.assumingMemoryBound(to: Float.self),
      x.assumingMemoryBound(to: Float.self))
  }
  static func qr(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output) {
    cr_qr_f32(factor, a.assumingMemoryBound(to: Float.self), out.assumingMemoryBound(to: Float.self))
  }
  static func eigh(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output) {
    cr_eigh_f32(factor, a.assumingMemoryBound(to: Float.self), out.assumingMemoryBound(to: Float.self))
  }
  static func svd(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output) {
    cr_svd_f32(factor, a.assumingMemoryBound(to: Float.self), out.assumingMemoryBound(to: Float.self))
  }
}

extension Double {
  static func cholesky(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ l: Output) {
    cr_cholesky_f64(factor, a.assumingMemoryBound(to: Double.self), l.assumingMemoryBound(to: Double.self))
  }
  static func triangularSolve(_ factor: UnsafeMutablePointer<cr_factor>, _ t: Input, _ b: Output) {
    cr_triangular_solve_f64(factor, t.assumingMemoryBound(to: Double.self), b.assumingMemoryBound(to: Double.self))
  }
  static func lu(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ factors: Output) {
    cr_lu_f64(factor, a.assumingMemoryBound(to: Double.self), factors.assumingMemoryBound(to: Double.self))
  }
  static func solve(_ factor: UnsafeMutablePointer<cr_factor>, _ factors: Input, _ b: Input, _ x: Output) {
    cr_lu_solve_f64(
      factor, factors.assumingMemoryBound(to: Double.self), b.assumingMemoryBound(to: Double.self),
      x.assumingMemoryBound(to: Double.self))
  }
  static func qr(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output) {
    cr_qr_f64(factor, a.assumingMemoryBound(to: Double.self), out.assumingMemoryBound(to: Double.self))
  }
  static func eigh(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output) {
    cr_eigh_f64(factor, a.assumingMemoryBound(to: Double.self), out.assumingMemoryBound(to: Double.self))
  }
  static func svd(_ factor: UnsafeMutablePointer<cr_factor>, _ a: Input, _ out: Output) {
    cr_svd_f64(factor, a.assumingMemoryBound(to: Double.self), out.assumingMemoryBound(to: Double.self))
  }
}
