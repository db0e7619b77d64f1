/// Matrices that a program multiplies with become whole numbers of 8 bits, as `CompileOptions.weights` asks.
///
/// | found, W a parameter or a constant `[k, n]` | becomes |
/// |---|---|
/// | x · W | int8Product(x), which keeps W ≈ q ∘ scale |
/// | W · x | (int8Product(xᵀ))ᵀ of Wᵀ |
///
/// The same for factors that are read transposed. Whoever else reads W reads it as it was. Runs once, after the other
/// passes; what is kept is the value at that time.
struct QuantizedWeights {
  private struct Key: Hashable { let leaf: Int32, isTransposed: Bool }

  private let old: ProgramGraph, leaves: ProgramLeaves
  private var made: [Key: QuantizedMatrix] = [:]

  /// - Throws: a `ChainRuleError` where the program renews such a matrix, or one of its elements is not finite.
  static func apply(to graph: inout ProgramGraph, _ leaves: ProgramLeaves) throws {
    var pass = QuantizedWeights(old: graph, leaves: leaves)
    var matrices: [Int32: (matrix: QuantizedMatrix, isRight: Bool)] = [:]
    for id in graph.nodes.indices.map(Int32.init) {
      guard let product = graph.primitive(of: id) as? MatMul, let isRight = pass.isRight(of: id) else { continue }
      let isTransposed = isRight ? product.transposesRight : !product.transposesLeft
      matrices[id] = (try pass.matrix(graph.input(isRight ? 1 : 0, of: id), isTransposed), isRight)
    }
    graph.rewrite { node, id, copies, graph in
      guard let (matrix, isRight) = matrices[id], let product = pass.old.primitive(of: id) as? MatMul else {
        return graph.append(node)
      }
      let x = copies[Int(pass.old.input(isRight ? 0 : 1, of: id))]
      let isTurned = isRight ? product.transposesLeft : !product.transposesRight
      let rows = isTurned ? Self.transposed(x, &graph) : x
      let result = graph.append(
        Int8Product(matrix: matrix), [rows], shape: [graph.shape(of: rows)[0], matrix.columns])
      return isRight ? result : Self.transposed(result, &graph)
    }
    graph.removeDeadNodes()
  }

  /// Whether the right factor of a product is a matrix that is known now, or the left one; `nil` if neither is.
  private func isRight(of product: Int32) -> Bool? {
    guard old.shape(of: product).rank == 2 else { return nil }
    func isKnown(_ side: Int) -> Bool {
      let node = old.nodes[Int(old.input(side, of: product))]
      return node.kind == .parameter || node.kind == .constant
    }
    return isKnown(1) ? true : isKnown(0) ? false : nil
  }

  private mutating func matrix(_ id: Int32, _ isTransposed: Bool) throws -> QuantizedMatrix {
    if let known = made[Key(leaf: id, isTransposed: isTransposed)] { return known }
    let node = old.nodes[Int(id)]
    let isParameter = node.kind == .parameter
    let name = isParameter ? leaves.parameters[Int(node.leaf)].name : "a constant"
    if old.updates.contains(where: { $0.leaf == id }) {
      throw ChainRuleError(
        .value, in: "compile", required: "weights that the program does not renew, for weights: .int8",
        got: "an update of \(name)", hint: "Train in floats; compile a program for predictions with .int8.")
    }
    let value = isParameter ? leaves.parameters[Int(node.leaf)].value : old.constants[Int(node.leaf)]
    guard let matrix = QuantizedMatrix(value.converted(to: old.elementType), isTransposed: isTransposed) else {
      throw ChainRuleError(
        .value, in: "compile", required: "finite numbers in \(name) for weights: .int8", got: "one that is not finite")
    }
    made[Key(leaf: id, isTransposed: isTransposed)] = matrix
    return matrix
  }

  private static func transposed(_ id: Int32, _ graph: inout ProgramGraph) -> Int32 {
    let shape = graph.shape(of: id)
    return graph.append(Transpose(order: [1, 0]), [id], shape: [shape[1], shape[0]])
  }
}

/// y = x · (q ∘ scale) for rows `[m, k]` and a matrix of 8-bit whole numbers that the primitive keeps.
struct Int8Product: Primitive {
  let matrix: QuantizedMatrix
  var name: String { "int8Product" }
  var arity: Int? { 1 }

  func shape(of inputs: [Shape]) throws -> Shape { [inputs[0][0], matrix.columns] }

  func forward(_ inputs: [Tensor]) throws -> Tensor { try matrix.product(inputs[0]) }

  /// Made by a program only, after all gradients have been recorded.
  func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .none(reason: "a program's own primitive")
  }

  static func == (left: Int8Product, right: Int8Product) -> Bool { left.matrix === right.matrix }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(matrix)) }
}
