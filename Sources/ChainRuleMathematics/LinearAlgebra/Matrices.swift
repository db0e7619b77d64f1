import ChainRuleCore

// What the functions of matrices share: the last two axes are a matrix, those before them a batch.

extension Shape {
  /// The axes before the last two.
  var batch: [Int] { Array(dimensions.dropLast(2)) }
  /// Of the same batch, another matrix.
  func matrix(_ rows: Int, _ columns: Int) -> Shape { Shape(batch + [rows, columns]) }
  /// The shorter of the last two axes.
  var shorter: Int { Swift.min(self[-2], self[-1]) }
}

/// - Throws: a shape that is no matrix or batch of matrices.
func requireMatrix(_ shape: Shape, in name: String) throws {
  guard shape.rank >= 2 else {
    throw ChainRuleError(
      .shape, in: name, required: "a matrix [m, n], or a batch of matrices", got: "shape \(shape)")
  }
}

/// - Throws: a shape that is no square matrix or batch of them.
func requireSquare(_ shape: Shape, in name: String) throws {
  guard shape.rank >= 2, shape[-1] == shape[-2] else {
    throw ChainRuleError(
      .shape, in: name, required: "a square matrix [n, n], or a batch of them", got: "shape \(shape)")
  }
}

/// Refinement: works on the last two axes of its inputs, so that a batch of examples is one axis more.
protocol MatrixPrimitive: DescribedPrimitive, BatchedPrimitive {}

extension MatrixPrimitive {
  package func batched(_ batch: Batch) -> Node? { batch.record(self) }
}

extension Node {
  /// Each matrix transposed.
  var turned: Node {
    let rank = shape.rank
    return transposed(Array(0..<rank - 2) + [rank - 1, rank - 2])
  }

  /// A · Bᵀ and the like of two batches that are the same.
  func times(_ other: Node, turningLeft: Bool = false, turningRight: Bool = false) -> Node {
    matrixProduct(self, other, turningLeft, turningRight)
  }

  /// (A + Aᵀ)/2.
  var symmetrized: Node { 0.5 * (self + turned) }

  /// Rows of each matrix.
  func rows(_ range: Range<Int>) -> Node {
    range.count == shape[-2] ? self : sliced(shape.batch.map { 0..<$0 } + [range])
  }

  /// Columns of each matrix.
  func columns(_ range: Range<Int>) -> Node {
    range.count == shape[-1] ? self : sliced(shape.dimensions.dropLast().map { 0..<$0 } + [range])
  }

  /// The row of each matrix without its axis.
  func row(_ number: Int) -> Node { rows(number..<number + 1).reshaped(to: Shape(shape.batch + [shape[-1]])) }

  /// Vectors as columns, so that they scale rows.
  var asColumn: Node { reshaped(to: Shape(shape.dimensions + [1])) }
  /// Vectors as rows, so that they scale columns.
  var asRow: Node { reshaped(to: Shape(shape.dimensions.dropLast() + [1, shape[-1]])) }
  /// A number for each matrix of a batch, so that it scales the matrix.
  var asFactor: Node { reshaped(to: Shape(shape.dimensions + [1, 1])) }
}

extension Graph {
  /// The identity for each matrix of a batch.
  func identity(_ shape: Shape) -> Node {
    let n = shape[-1]
    var ones = [Double](repeating: 0, count: n * n)
    for place in 0..<n { ones[place * (n + 1)] = 1 }
    return constant(Tensor(shape: [n, n], ones)).broadcast(to: shape)
  }

  /// Two nodes with their batches brought to one.
  func sameBatch(_ a: Node, _ b: Node, in name: String) throws -> (Node, Node) {
    guard let batch = Shape(a.shape.batch).broadcast(with: Shape(b.shape.batch)) else {
      throw ChainRuleError(.shape, in: name, required: "batches that broadcast", got: "\(a.shape) and \(b.shape)")
    }
    func full(_ node: Node) -> Node { node.broadcast(to: Shape(batch.dimensions + node.shape.dimensions.suffix(2))) }
    return (full(a), full(b))
  }
}

/// What `make` records, unless one of the nodes carries a mistake already.
func recording(_ name: String, _ nodes: Node..., make: () throws -> Node) -> Node {
  if let broken = nodes.first(where: { $0.error != nil }) { return broken }
  return nodes[0].graph.attempt(in: name, make)
}
