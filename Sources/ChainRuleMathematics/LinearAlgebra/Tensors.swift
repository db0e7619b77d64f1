import ChainRuleCore

// What primitives of matrices do with tensors beside factoring them.

extension Tensor {
  /// The identity for each matrix of a batch.
  static func identities(_ shape: Shape, _ type: ElementType) -> Tensor {
    let n = shape[-1]
    var ones = [Double](repeating: 0, count: shape.elementCount)
    for row in 0..<(n == 0 ? 0 : ones.count / n) { ones[row * n + row % n] = 1 }
    return Tensor(shape: shape, ones).converted(to: type)
  }

  /// Each element replaced, by its position and value.
  func mapped(_ function: (_ position: Int, _ value: Double) -> Double) -> Tensor {
    let values = scalars
    return Tensor(shape: shape, values.indices.map { function($0, values[$0]) }).converted(to: elementType)
  }

  /// Rows of each matrix.
  func matrixRows(_ range: Range<Int>) throws -> Tensor {
    let (length, columns) = (shape[-2], shape[-1]),
      part = try Tensor.unwritten(
        shape.matrix(range.count, columns), elementType)
    let bytes = range.count * columns * elementType.stride
    for batch in 0..<(bytes == 0 ? 0 : part.count / (range.count * columns)) {
      let from = (batch * length + range.lowerBound) * columns * elementType.stride
      (part.memory + batch * bytes).copyMemory(from: memory + from, byteCount: bytes)
    }
    return part
  }

  /// The smallest relative step of its elements.
  var epsilon: Double { elementType == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne }
}

extension Kernels {
  /// A · B, or A · Bᵀ, of matrices or batches of them.
  static func matmul(_ a: Tensor, _ b: Tensor, transposingB: Bool = false) throws -> Tensor {
    let columns = b.shape[transposingB ? -2 : -1]
    return try matmul(
      a, b, transposingA: false, transposingB: transposingB, shape: a.shape.matrix(a.shape[-2], columns))
  }
}

/// U, s and V of A = U·diag(s)·Vᵀ.
struct SingularParts {
  let u: Tensor, s: Tensor, v: Tensor

  /// - Throws: elements that are not finite, or steps that do not end.
  init(of a: Tensor, in name: String) throws {
    let (m, n) = (a.shape[-2], a.shape[-1]), whole = try SingularValues.decomposed(a, in: name)
    u = try whole.matrixRows(0..<m)
    s = try whole.matrixRows(m..<m + 1)
    v = try whole.matrixRows(m + 1..<m + 1 + n)
  }
}

/// - Throws: where an iteration did not end, which numbers that are not finite bring about.
func requireConvergence(_ failed: Int, of a: Tensor, in name: String) throws {
  guard failed != 0 else { return }
  let isFinite = a.scalars.allSatisfy(\.isFinite)
  throw ChainRuleError(
    .value, in: name, required: isFinite ? "steps that converge" : "finite elements",
    got: isFinite ? "none within 80 steps for a value" : "∞ or NaN")
}
