import ChainRuleCore

/// The part of each matrix on one side of a diagonal; the diagonal itself may be weighed. It is its own transpose.
struct Triangle: MatrixPrimitive {
  static let descriptor = PrimitiveDescriptor(
    equation: "the elements on and below (or above) a diagonal, zeros elsewhere", derivatives: ["`Triangle`, the same"],
    hasWeightsOfOneSign: true)
  let isLower: Bool
  /// The diagonal that is kept last: 0 the main one, 1 the one above it.
  var offset = 0
  /// What the main diagonal is multiplied by.
  var diagonalWeight = 1.0
  var name: String { isLower ? "lowerTriangle" : "upperTriangle" }
  var arity: Int? { 1 }

  func detail(of inputs: [Shape]) -> String { offset == 0 ? "" : "offset \(offset)" }

  func shape(of inputs: [Shape]) throws -> Shape {
    try requireMatrix(inputs[0], in: name)
    return inputs[0]
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    try Kernels.triangle(inputs[0], isLower: isLower, offset: offset, diagonalWeight: diagonalWeight)
  }

  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .linear(apply: { $0.graph.record(self, [$0]) }, transpose: { $0.graph.record(self, [$0]) })
  }
}

extension Node {
  /// The elements of each matrix on and below its diagonal, or the one `offset` above it; zeros elsewhere.
  ///
  /// A shape without two axes is a mistake that stays in the node.
  public func lowerTriangle(offset: Int = 0) -> Node { triangle(Triangle(isLower: true, offset: offset.bounded)) }

  /// The elements of each matrix on and above its diagonal, or the one `offset` above it; zeros elsewhere.
  ///
  /// A shape without two axes is a mistake that stays in the node.
  public func upperTriangle(offset: Int = 0) -> Node { triangle(Triangle(isLower: false, offset: offset.bounded)) }

  func triangle(_ triangle: Triangle) -> Node { error == nil ? graph.record(triangle, [self]) : self }

  /// The diagonal of each matrix: `[…, m, n] → […, min(m, n)]`.
  ///
  /// A shape without two axes is a mistake that stays in the node.
  public func diagonal() -> Node {
    recording("diagonal", self) {
      try requireMatrix(shape, in: "diagonal")
      let count = shape.shorter, length = shape[-1]
      guard count > 0 else { return reshaped(to: Shape(shape.batch + [0])) }
      let flat = rows(0..<count).reshaped(to: Shape(shape.batch + [count * length]))
      return flat.sliced(shape.batch.map { 0..<$0 } + [Stride(by: length + 1)])
    }
  }

  /// Matrices with the vectors on their diagonals: `[…, n] → […, n, n]`.
  ///
  /// A single number is a mistake that stays in the node.
  public func diagonalMatrix() -> Node {
    recording("diagonalMatrix", self) {
      guard shape.rank > 0 else {
        throw ChainRuleError(.shape, in: "diagonalMatrix", required: "a vector, or a batch of vectors", got: "a number")
      }
      let n = shape[-1], batch = Array(shape.dimensions.dropLast()), none = batch.map { _ in 0 }
      guard n > 0 else { return reshaped(to: Shape(batch + [0, 0])) }
      // Each element and n zeros after it, but for the last: a row is one place longer than the matrix is wide.
      let spread = reshaped(to: Shape(batch + [n, 1])).padded(before: none + [0, 0], after: none + [0, n])
      let flat = spread.reshaped(to: Shape(batch + [n * (n + 1)])).sliced(batch.map { 0..<$0 } + [0..<n * n])
      return flat.reshaped(to: Shape(batch + [n, n]))
    }
  }

  /// The sum of each matrix's diagonal: `[…, m, n] → […]`.
  ///
  /// A shape without two axes is a mistake that stays in the node.
  public func trace() -> Node {
    let diagonal = diagonal()
    return diagonal.error == nil ? diagonal.sum(axes: [-1]) : diagonal
  }
}

extension Int {
  /// An offset beyond every matrix is as good as any other.
  fileprivate var bounded: Int { Swift.min(Swift.max(self, -1 << 40), 1 << 40) }
}
