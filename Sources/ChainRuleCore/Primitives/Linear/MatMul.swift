/// C = op(A) · op(B) for the last two axes, the same for every matrix of a batch; op transposes or not.
///
/// With flags instead of transposition nodes the family is closed: for C = A·B, ∂: Ā = U·Bᵀ, B̄ = Aᵀ·U, and
/// for a transposed operand the product is transposed as a whole: (U·Bᵀ)ᵀ = B·Uᵀ.
struct MatMul: DescribedPrimitive, EnclosedPrimitive, PrecisePrimitive, PrecisionAdapting {
  static let descriptor = PrimitiveDescriptor(
    equation: "A·B for the last two axes, with transposition flags",
    derivatives: ["U·Bᵀ: `MatMul` with other flags", "Aᵀ·U: `MatMul` with other flags"], call: "matmul",
    aliases: ["dot"], notation: .matrixProduct, glyph: "· matmul")
  let transposesLeft: Bool
  let transposesRight: Bool
  /// Whether factors of single precision are rounded to bfloat16.
  var roundsFactors = false
  var name: String { "matmul" }
  var arity: Int? { 2 }

  func shape(of inputs: [Shape]) throws -> Shape {
    let (a, b) = (inputs[0], inputs[1])
    let (m, k) = transposesLeft ? (a[-1], a[-2]) : (a[-2], a[-1])
    let (k2, n) = transposesRight ? (b[-1], b[-2]) : (b[-2], b[-1])
    guard a.rank >= 2, a.rank == b.rank, k == k2, a.dimensions.dropLast(2) == b.dimensions.dropLast(2) else {
      throw ChainRuleError(
        .shape, in: name, required: "[…, m, k] · [k, n] with equal inner lengths", got: "\(a) · \(b)",
        hint: "The last axis of the left must be as long as the first of the right.")
    }
    return Shape(a.dimensions.dropLast(2) + [m, n])
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.matmul(
      inputs[0], inputs[1], transposingA: transposesLeft, transposingB: transposesRight, roundsFactors: roundsFactors,
      shape: try shape(of: inputs.map(\.shape)))
  }

  func adapted(to precision: Graph.Precision) -> any Primitive {
    var adapted = self
    adapted.roundsFactors = precision == .bfloat16Products
    return adapted
  }

  func enclosure(of inputs: [Enclosure]) throws -> Enclosure {
    let (a, b) = (inputs[0], inputs[1]), shape = try shape(of: [a.shape, b.shape])
    return Enclosure(shape: shape, sums(a.shape, shape, Interval(0)) { $0 + a[$1] * b[$2] })
  }

  func precise(_ inputs: [[DoubleDouble]], shapes: [Shape]) throws -> [DoubleDouble] {
    sums(shapes[0], try shape(of: shapes), 0) { $0 + inputs[0][$1] * inputs[1][$2] }
  }

  func terms(of output: Shape, from inputs: [Shape]) -> Int {
    Extents.product(output.elementCount, inner(inputs[0]))
  }

  private func inner(_ left: Shape) -> Int { transposesLeft ? left[-2] : left[-1] }

  /// Each element of the product as a sum that grows by the factors at two row-major positions.
  private func sums<Sum>(
    _ left: Shape, _ output: Shape, _ start: Sum, _ grown: (Sum, _ left: Int, _ right: Int) -> Sum
  ) -> [Sum] {
    let (m, n, k) = (output[-2], output[-1], inner(left))
    return (0..<output.elementCount).map { position in
      let (batch, row, column) = (position / (m * n), position / n % m, position % n)
      return (0..<k).reduce(start) { sum, inner in
        grown(
          sum, batch * m * k + (transposesLeft ? inner * m + row : row * k + inner),
          batch * k * n + (transposesRight ? column * k + inner : inner * n + column))
      }
    }
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    let (a, b) = (inputs[0], inputs[1])
    let (left, right) = (transposesLeft, transposesRight)
    if index == 0 {
      return .linear(
        apply: { matrixProduct($0, b, left, right) },
        transpose: { left ? matrixProduct(b, $0, right, true) : matrixProduct($0, b, false, !right) })
    }
    return .linear(
      apply: { matrixProduct(a, $0, left, right) },
      transpose: { right ? matrixProduct($0, a, true, left) : matrixProduct(a, $0, !left, false) })
  }
}

/// What the product is, to whoever lists what primitives were made with; how factors are rounded is the graph's.
extension MatMul: CustomReflectable {
  var customMirror: Mirror {
    Mirror(
      self, children: ["transposesLeft": transposesLeft, "transposesRight": transposesRight], displayStyle: .struct)
  }
}

/// op(a) · op(b) for the last two axes of nodes that have the same axes before.
package func matrixProduct(_ a: Node, _ b: Node, _ transposesLeft: Bool, _ transposesRight: Bool) -> Node {
  a.graph.recordGeneral(MatMul(transposesLeft: transposesLeft, transposesRight: transposesRight), [a, b])
}

extension Node {
  /// Matrix product by NumPy's rules: vectors are rows on the left and columns on the right, batches broadcast.
  ///
  /// `[m, k] · [k, n] → [m, n]`, `[k] · [k, n] → [n]`, `[b, m, k] · [k, n] → [b, m, n]`.
  public func matmul(_ other: Node) -> Node {
    if error != nil { return self }
    if other.error != nil || other.graph !== graph { return matrixProduct(self, other, false, false) }
    let (a, b) = (shape, other.shape)
    guard a.rank > 0, b.rank > 0, a[-1] == (b.rank == 1 ? b[0] : b[-2]) else {
      return graph.failed(
        ChainRuleError(
          .shape, in: "matmul", required: "[…, m, k] · [k, n] with equal inner lengths",
          got: "\(a) · \(b) (inputs: \(graph.name(of: id)), \(graph.name(of: other.id)))",
          hint: "The last axis of the left must be as long as the first of the right."))
    }
    if a.rank == 1 {
      let result = reshaped(to: [1, a[0]]).matmul(other)
      return result.reshaped(to: Shape(b.rank == 1 ? [] : b.dimensions.dropLast(2) + [b[-1]]))
    }
    if b.rank == 1 { return matmul(other.reshaped(to: [b[0], 1])).reshaped(to: Shape(Array(a.dimensions.dropLast()))) }
    if b.rank == 2 {  // one matrix for the whole batch: fold the batch into the rows
      let rows = a.rank == 2 ? self : reshaped(to: [Shape(Array(a.dimensions.dropLast())).elementCount, a[-1]])
      return matrixProduct(rows, other, false, false).reshaped(to: Shape(a.dimensions.dropLast() + [b[-1]]))
    }
    guard let batch = Shape(a.dimensions.dropLast(2)).broadcast(with: Shape(b.dimensions.dropLast(2))) else {
      return graph.failed(
        ChainRuleError(.shape, in: "matmul", required: "batches that broadcast", got: "\(a) · \(b)"))
    }
    let left = broadcast(to: Shape(batch.dimensions + a.dimensions.suffix(2)))
    return matrixProduct(left, other.broadcast(to: Shape(batch.dimensions + b.dimensions.suffix(2))), false, false)
  }
}
