/// Sums over products that there are for each example: gradients of weights, which clipping weighs and adds up.
///
/// | found, for every matrix Gᵢ = Aᵢᵀ·Bᵢ of a batch | becomes |
/// |---|---|
/// | Σᵢ Gᵢ, Σᵢ sᵢ·Gᵢ | Aᵀ·B, Aᵀ·(s·B): one product of the rows of all examples |
/// | Σ over the elements of Gᵢ², where Aᵢ and Bᵢ are one row each | Σ Aᵢ² · Σ Bᵢ² |
///
/// So the norms of all gradients, and their clipped sum, need no gradient of a single example (Goodfellow 2015). Values
/// stay what they were up to rounding.
struct PerExampleSums: Pass {
  static func mayFind(in graph: ProgramGraph) -> Bool {
    graph.hasPrimitive(Sum.self) && graph.hasPrimitive(MatMul.self)
  }

  mutating func replacement(for node: ProgramGraph.Node, in graph: inout ProgramGraph) -> Int32? {
    guard let sum = graph.primitive(of: node, as: Sum.self) else { return nil }
    let input = graph.input(of: node), rank = graph.shape(of: input).rank
    if rank > 1, sum.axes == [0] { return weightedSum(input, graph.shapes[Int(node.shape)], in: &graph) }
    if rank > 1, sum.axes == Array(1..<rank) { return squares(input, graph.shapes[Int(node.shape)], in: &graph) }
    return nil
  }

  /// Products of a batch whose sum over it is one product of rows that lie as they are stored.
  private struct Products {
    let left: Int32, right: Int32
    /// The numbers of matrices, of rows of each, of their columns.
    let batch: Int, rows: Int, m: Int, n: Int
  }

  private func products(_ id: Int32, _ graph: ProgramGraph) -> Products? {
    var source = id
    if graph.primitive(of: id, as: Reshape.self) != nil { source = graph.input(of: id) }
    guard let product = graph.primitive(of: source, as: MatMul.self) else { return nil }
    let shape = graph.shape(of: source)
    guard shape.rank == 3, shape[0] == graph.shape(of: id)[0], shape.elementCount > 0 else { return nil }
    let (left, right) = (graph.input(of: source), graph.input(1, of: source))
    let rows = graph.shape(of: left)[product.transposesLeft ? 1 : 2]
    // A single row may be stored as a column: both lie the same.
    guard rows == 1 || (product.transposesLeft && !product.transposesRight), rows > 0 else { return nil }
    return Products(left: left, right: right, batch: shape[0], rows: rows, m: shape[1], n: shape[2])
  }

  private func weightedSum(_ input: Int32, _ shape: Shape, in graph: inout ProgramGraph) -> Int32? {
    if let found = products(input, graph) { return total(found, found.left, found.right, shape, in: &graph) }
    guard graph.opcode(of: input) == .multiply else { return nil }
    for (one, other) in [(0, 1), (1, 0)] {
      guard let found = products(graph.input(one, of: input), graph),
        let weight = weight(graph.input(other, of: input), graph)
      else { continue }
      // The smaller of the two is weighed.
      let isLeft = found.m < found.n, part = isLeft ? found.left : found.right, stored = graph.shape(of: part)
      let weights = graph.reshaped(weight, to: [graph.count(of: weight), 1, 1])
      let weighed = graph.append(.multiply, part, graph.broadcast(weights, to: stored))
      return total(found, isLeft ? weighed : found.left, isLeft ? found.right : weighed, shape, in: &graph)
    }
    return nil
  }

  /// What a factor is broadcast from, if it is one number for each example or for all.
  private func weight(_ id: Int32, _ graph: ProgramGraph) -> Int32? {
    guard graph.primitive(of: id, as: Broadcast.self) != nil else { return nil }
    let source = graph.input(of: id), shape = graph.shape(of: source), full = graph.shape(of: id)
    let rest = shape.rank == full.rank ? shape.dimensions.dropFirst() : shape.dimensions[...]
    return rest.allSatisfy { $0 == 1 } ? source : nil
  }

  private func total(
    _ found: Products, _ left: Int32, _ right: Int32, _ shape: Shape, in graph: inout ProgramGraph
  ) -> Int32 {
    let rows = found.batch * found.rows
    let (a, b) = (graph.reshaped(left, to: [rows, found.m]), graph.reshaped(right, to: [rows, found.n]))
    let product = graph.append(
      MatMul(transposesLeft: true, transposesRight: false), [a, b], shape: [found.m, found.n])
    return graph.reshaped(product, to: shape)
  }

  private func squares(_ input: Int32, _ shape: Shape, in graph: inout ProgramGraph) -> Int32? {
    guard graph.opcode(of: input) == .square, let found = products(graph.input(of: input), graph), found.rows == 1
    else { return nil }
    let sums = [(found.left, found.m), (found.right, found.n)].map { part, length -> Int32 in
      let rows = graph.reshaped(part, to: [found.batch, length]), squares = graph.append(.square, rows)
      return graph.append(Sum(axes: [1]), [squares], shape: [found.batch])
    }
    return graph.reshaped(graph.append(.multiply, sums[0], sums[1]), to: shape)
  }
}
