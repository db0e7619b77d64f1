import ChainRuleCore

/// The order of the rows that partial pivoting chooses: place i holds the number of a row of A, as a number.
struct PivotOrder: MatrixPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "which row of A partial pivoting moves to each place", derivatives: ["none: pivots only choose"])
  var name: String { "pivotOrder" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireMatrix(inputs[0], in: name)
    return Shape(Array(inputs[0].dimensions.dropLast()))
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let shape = try shape(of: inputs.map(\.shape)), columns = inputs[0].shape[-1]
    guard columns > 0 else { return Tensor(shape: shape, (0..<shape.elementCount).map { Double($0 % shape[-1]) }) }
    let factors = try Kernels.lu(inputs[0])
    let order = (0..<shape.elementCount).map { factors.element($0 * (columns + 1) + columns) }
    return Tensor(shape: shape, order).converted(to: factors.elementType)
  }

  func branches(of inputs: [Tensor]) throws -> Tensor { try forward(inputs) }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "pivots only choose")
  }
}

/// The rows of each matrix in an order: out[i] = x[order[i]], or the other way round.
struct PermuteRows: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "P·X: the rows in another order",
    derivatives: ["`PermuteRows` the other way", "none: an order only chooses"],
    hasWeightsOfOneSign: true)
  let isTransposed: Bool
  var name: String { "permuteRows" }
  var arity: Int? { 2 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireMatrix(inputs[0], in: name)
    guard inputs[1].dimensions == inputs[0].dimensions.dropLast() else {
      throw ChainRuleError(.shape, in: name, required: "a place for each row of \(inputs[0])", got: "\(inputs[1])")
    }
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.permuteRows(inputs[0], order: inputs[1], isTransposed: isTransposed)
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    if index == 1 { return .none(reason: "an order only chooses") }
    let order = inputs[1], back = PermuteRows(isTransposed: !isTransposed)
    return .linear(
      apply: { $0.graph.record(self, [$0, order]) }, transpose: { $0.graph.record(back, [$0, order]) })
  }
}

/// L below the diagonal and U on and above it, A = L·U, of square matrices whose rows stand in the order of the pivots.
///
/// With X = L⁻¹·Ȧ·U⁻¹: L̇ = L·(X below the diagonal), U̇ = (X on and above it)·U (de Hoog, Anderssen and Lukas 2011).
struct TriangularFactors: MatrixPrimitive, PiecewisePrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "L below the diagonal and U on and above it, A = L·U", derivatives: ["L⁻ᵀ·(low(Lᵀ·U₁) + up(U₂·Uᵀ))·U⁻ᵀ"])
  var name: String { "triangularFactors" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireSquare(inputs[0], in: name)
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let factors = try Kernels.lu(inputs[0]), n = inputs[0].shape[-1]
    let result = try Tensor.unwritten(inputs[0].shape, factors.elementType), size = factors.elementType.stride
    for row in 0..<(n == 0 ? 0 : result.count / n) {
      (result.memory + row * n * size).copyMemory(from: factors.memory + row * (n + 1) * size, byteCount: n * size)
    }
    return result
  }

  func branches(of inputs: [Tensor]) throws -> Tensor { try PivotOrder().forward(inputs) }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let graph = output.graph, below = Triangle(isLower: true, offset: -1), above = Triangle(isLower: false)
    let l = output.triangle(below) + graph.identity(output.shape), u = output.triangle(above)
    func solve(_ t: Node, _ b: Node, lower: Bool, transposed: Bool) -> Node {
      graph.record(TriangularSolve(isLower: lower, isTransposed: transposed), [t, b])
    }
    return .linear(
      apply: { tangent in
        let left = solve(l, tangent, lower: true, transposed: false)
        let x = solve(u, left.turned, lower: false, transposed: true).turned
        return l.times(x.triangle(below)) + x.triangle(above).times(u)
      },
      transpose: { upstream in
        let x =
          l.times(upstream.triangle(below), turningLeft: true).triangle(below)
          + upstream.triangle(above).times(u, turningRight: true).triangle(above)
        let left = solve(l, x, lower: true, transposed: true)
        return solve(u, left.turned, lower: false, transposed: false).turned
      })
  }
}

/// p, l and u with a = p·l·u, by partial pivoting: `[…, m, n] → […, m, m], […, m, k], […, k, n]` with k = min(m, n).
///
/// `l` has ones on its diagonal and nothing larger below it; `p` is a matrix of 0 and 1, without gradient. Where the
/// pivots change, l and u jump; the checker sees it as a kink. A matrix with more rows than columns must have full rank.
/// - Returns: nodes that carry the mistake where the shape does not fit.
public func lu(_ a: Node) -> (p: Node, l: Node, u: Node) {
  if a.error != nil { return (a, a, a) }
  do {
    try requireMatrix(a.shape, in: "lu")
    let graph = a.graph, (m, n) = (a.shape[-2], a.shape[-1]), k = a.shape.shorter
    let order = graph.record(PivotOrder(), [a.stoppingGradient()])
    let p = graph.record(PermuteRows(isTransposed: true), [graph.identity(a.shape.matrix(m, m)), order])
    let moved = graph.record(PermuteRows(isTransposed: false), [a, order])
    let factors = graph.record(TriangularFactors(), [moved.rows(0..<k).columns(0..<k)])
    var l = factors.lowerTriangle(offset: -1) + graph.identity(factors.shape), u = factors.upperTriangle()
    if m > k {  // what is below: X·U = A₂
      let below = moved.rows(k..<m).turned
      l = concatenate(
        [l, graph.record(TriangularSolve(isLower: false, isTransposed: true), [u, below]).turned], axis: -2)
    }
    if n > k {
      u = concatenate(
        [u, graph.record(TriangularSolve(isLower: true, isTransposed: false), [l, moved.columns(k..<n)])], axis: -1)
    }
    return (p, l, u)
  } catch {
    let failed = a.graph.attempt(in: "lu") { throw error }
    return (failed, failed, failed)
  }
}
