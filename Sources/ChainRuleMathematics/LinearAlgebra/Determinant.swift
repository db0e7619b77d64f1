import ChainRuleCore

/// det A, by LU with partial pivoting.
///
/// ∂det = Σ C∘Ȧ with the cofactors C, which exist for singular matrices, too (Giles 2008, 2.2.4, for the others).
struct Determinant: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "det A", derivatives: ["u·C, C the cofactors: `Cofactors`"], call: "determinant", aliases: ["det"])
  var name: String { "determinant" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireSquare(inputs[0], in: name)
    return Shape(inputs[0].batch)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try LUPivots.each(of: inputs[0]) { pivots in pivots.values.reduce(pivots.sign, *) }
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let cofactors = output.graph.record(Cofactors(), [inputs[0], inputs[0]])
    return .linear(
      apply: { (cofactors * $0).sum(axes: [-2, -1]) }, transpose: { cofactors * $0.asFactor })
  }
}

/// det A · B⁻ᵀ. With B = A these are the cofactors of A, which are there for a singular A, too: from its singular values,
/// of which each leaves out one.
///
/// Two inputs, so that the two parts of a second derivative, which may cancel, are seen one by one:
/// by A, B⁻ᵀ·(C:Ȧ) with the cofactors C of A; by B, −det A · B⁻ᵀ·Ḃᵀ·B⁻ᵀ.
struct Cofactors: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "det A · B⁻ᵀ; the cofactors of A where B = A",
    derivatives: ["(U:B⁻ᵀ)·C, C the cofactors of A", "−B⁻ᵀ·Uᵀ·(det A · B⁻ᵀ)"],
    convention: "a singular A has them; their derivatives are an error that names the pivot")
  var name: String { "cofactors" }
  var arity: Int? { 2 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireSquare(inputs[0], in: name)
    guard inputs[1] == inputs[0] else {
      throw ChainRuleError(
        .shape, in: name, required: "two matrices of one shape", got: "\(inputs[0]) and \(inputs[1])")
    }
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let (a, b) = (inputs[0], inputs[1]), shape = try shape(of: [a.shape, b.shape]), n = shape[-1]
    guard a.count > 0 else { return a }
    let limit = Double(n) * (a.elementType == .float32 ? 1e-4 : 1e-8)
    let isFine = try LUPivots.each(of: b) { pivots in
      let sizes = pivots.values.map(\.magnitude)
      return (sizes.min() ?? 0) > limit * (sizes.max() ?? 0) ? 1 : 0
    }
    if a == b, !isFine.scalars.allSatisfy({ $0 == 1 }) { return try fromSingularValues(a) }
    let identity = Tensor.identities(shape, a.elementType), factors = try Kernels.lu(b)
    let (inverse, failed) = try Kernels.solve(factors: factors, identity, isTransposed: true)
    guard failed == 0 else { throw singular(failed, in: name) }
    let determinants = try Determinant().forward([a]).scalars
    return inverse.mapped { $1 * determinants[$0 / (n * n)] }
  }

  /// det U · det V · U·diag(∏ₖ≠ᵢ sₖ)·Vᵀ.
  private func fromSingularValues(_ a: Tensor) throws -> Tensor {
    let parts = try SingularParts(of: a, in: name), n = a.shape[-1]
    let signs = zip(try Determinant().forward([parts.u]).scalars, try Determinant().forward([parts.v]).scalars).map {
      $0 * $1 < 0 ? -1.0 : 1
    }
    let weighted = parts.u.mapped { position, value in
      let batch = position / (n * n), column = position % n
      let others = (0..<n).reduce(signs[batch]) { $1 == column ? $0 : $0 * parts.s.element(batch * n + $1) }
      return value * others
    }
    return try Kernels.matmul(weighted, parts.v, transposingB: true)
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let graph = output.graph, (a, b) = (inputs[0], inputs[1])
    let inverse = graph.record(Solve(isTransposed: true, isCautious: true), [b, graph.identity(b.shape)])
    if index == 0 {
      let cofactors = graph.record(self, [a, a])
      return .linear(
        apply: { inverse * (cofactors * $0).sum(axes: [-2, -1]).asFactor },
        transpose: { cofactors * (inverse * $0).sum(axes: [-2, -1]).asFactor })
    }
    return .linear(
      apply: { -output.times($0, turningRight: true).times(inverse) },
      transpose: { -inverse.times($0, turningRight: true).times(output) })
  }
}

/// log |det A|; −∞ where A is singular. ∂ = Σ A⁻ᵀ∘Ȧ.
struct LogDeterminant: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "log |det A|", derivatives: ["u·A⁻ᵀ"],
    convention: "−∞ where A is singular; its gradient is an error there",
    call: "logDeterminant", aliases: ["logdet"])
  var name: String { "logDeterminant" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireSquare(inputs[0], in: name)
    return Shape(inputs[0].batch)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try LUPivots.each(of: inputs[0]) { $0.values.map { Kernels.scalar(.log, $0.magnitude) }.reduce(0, +) }
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let graph = output.graph
    let inverse = graph.record(Solve(isTransposed: true), [inputs[0], graph.identity(inputs[0].shape)])
    return .linear(
      apply: { (inverse * $0).sum(axes: [-2, -1]) }, transpose: { inverse * $0.asFactor })
  }
}

/// The sign of det A: −1, 0 or 1.
struct DeterminantSign: MatrixPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "the sign of det A", derivatives: ["none: a sign does not change smoothly"])
  var name: String { "determinantSign" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireSquare(inputs[0], in: name)
    return Shape(inputs[0].batch)
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try LUPivots.each(of: inputs[0]) { pivots in
      pivots.values.reduce(pivots.sign) { $0 * ($1 == 0 ? 0 : $1 < 0 ? -1 : 1) }
    }
  }

  func branches(of inputs: [Tensor]) throws -> Tensor { try forward(inputs) }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "a sign does not change smoothly")
  }
}

/// What a determinant needs of a factorization: the diagonal of U and the sign of the order of the rows.
struct LUPivots {
  let values: [Double]
  let sign: Double

  /// A number for each matrix of a batch.
  static func each(of a: Tensor, _ number: (LUPivots) -> Double) throws -> Tensor {
    let n = a.shape[-1], shape = Shape(a.shape.batch)
    guard n > 0 else { return Tensor(shape: shape, repeating: number(LUPivots(values: [], sign: 1))) }
    let factors = try Kernels.lu(a), size = n * (n + 1)
    let numbers = (0..<shape.elementCount).map { batch in
      let rows = (0..<n).map { batch * size + $0 * (n + 1) }
      let order = rows.map { Int(factors.element($0 + n)) }
      return number(
        LUPivots(values: rows.indices.map { factors.element(rows[$0] + $0) }, sign: isEven(order) ? 1 : -1))
    }
    return Tensor(shape: shape, numbers).converted(to: factors.elementType)
  }

  /// Whether an even number of exchanges makes this order: by its cycles.
  private static func isEven(_ order: [Int]) -> Bool {
    var seen = [Bool](repeating: false, count: order.count), cycles = 0
    for start in order.indices where !seen[start] {
      cycles += 1
      var place = start
      while !seen[place] {
        seen[place] = true
        place = order[place]
      }
    }
    return (order.count - cycles).isMultiple(of: 2)
  }
}

/// The determinant of each matrix: `[…, n, n] → […]`.
///
/// Up to three rows it is recorded as the polynomial that it is, smooth to every order; larger ones by LU. Its gradient
/// exists for singular matrices too; second derivatives at a singular matrix of more than three rows are an error that
/// names the pivot. `logDeterminant` does not overflow.
/// - Returns: a node that carries the mistake where the shape does not fit.
public func determinant(_ a: Node) -> Node {
  recording("determinant", a) {
    try requireSquare(a.shape, in: "determinant")
    func element(_ row: Int, _ column: Int) -> Node {
      a.rows(row..<row + 1).columns(column..<column + 1).reshaped(to: Shape(a.shape.batch))
    }
    func minor(_ rows: (Int, Int), _ columns: (Int, Int)) -> Node {
      element(rows.0, columns.0) * element(rows.1, columns.1) - element(rows.0, columns.1) * element(rows.1, columns.0)
    }
    switch a.shape[-1] {
    case 1: return element(0, 0)
    case 2: return minor((0, 1), (0, 1))
    case 3:
      return element(0, 0) * minor((1, 2), (1, 2)) - element(0, 1) * minor((1, 2), (0, 2)) + element(0, 2)
        * minor((1, 2), (0, 1))
    default: return a.graph.record(Determinant(), [a])
    }
  }
}

/// The sign of the determinant of each matrix, −1, 0 or 1, and the logarithm of its magnitude: `[…, n, n] → […]`.
///
/// A singular matrix has the sign 0 and the logarithm −∞, whose gradient is an error that names the pivot. The sign has
/// no gradient.
/// - Returns: nodes that carry the mistake where the shape does not fit.
public func logDeterminant(_ a: Node) -> (sign: Node, value: Node) {
  (
    recording("logDeterminant", a) { a.graph.record(DeterminantSign(), [a]) },
    recording("logDeterminant", a) { a.graph.record(LogDeterminant(), [a]) }
  )
}
