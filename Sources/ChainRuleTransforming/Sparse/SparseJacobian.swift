import ChainRuleCore

/// How the places of a Jacobian that are not 0 are found.
public enum JacobianStructure: Sendable, Hashable {
  /// By following which elements depend on which, through the recorded graph.
  case detected
  /// Known: the rows and columns of every element that may differ from 0.
  case given(rows: [Int], columns: [Int])
}

/// A matrix of derivatives of which only what is not 0 is kept.
public struct SparseJacobian {
  /// Its shape: elements of the output, elements of the input.
  public let shape: [Int]
  /// For each kept element its row and its column, row by row.
  public let rows: [Int], columns: [Int]
  /// The kept elements, `[count]`: a node, to be differentiated or compiled like any other.
  public let values: Node
  /// How many passes it took: forward passes for columns, or backward passes for rows.
  public let passes: Int

  /// The whole matrix, zeros included: `[m, n]`.
  /// - Throws: as reading a value; where the system has no memory for it.
  public func dense() throws -> Tensor {
    let dense = try Tensor.unwritten(Shape(shape), .float64)
    let elements = dense.memory.assumingMemoryBound(to: Double.self)
    elements.update(repeating: 0, count: dense.count)
    for (place, value) in try values.value().scalars.enumerated() {
      elements[rows[place] * shape[1] + columns[place]] = value
    }
    return dense
  }
}

extension Node {
  /// The Jacobian of this node by another one, made of what is not 0 in it.
  ///
  /// ```swift
  /// let j = try f.jacobian(withRespectTo: x, structure: .detected)
  /// print(j.rows, j.columns, try j.values.value())
  /// ```
  /// Columns that share no row are found together, by one tangent along all of them; rows that share no column by one
  /// backward pass, if there are fewer such groups (Curtis, Powell and Reid 1974; greedy colouring as in Gebremedhin,
  /// Manne and Pothen 2005). A banded matrix takes as many passes as its band is wide, whatever its size.
  /// - Throws: the mistake of either node; where more than 50 million elements are not 0, or none of them may be.
  public func jacobian(withRespectTo x: Node, structure: JacobianStructure) throws -> SparseJacobian {
    let pattern = try SparsePattern(of: self, by: x, structure)
    let (columnColors, rowColors) = (pattern.colouredColumns(), pattern.colouredRows())
    if rowColors.count < columnColors.count {
      let backward = try rowColors.groups.map { group -> Node in
        let upstream = graph.constant(Tensor(shape: shape, SparsePattern.ones(at: group, of: pattern.rowCount)))
        let found = graph.backward(from: self, upstream: upstream, wanted: [try graph.resolve(x)])
        if let failure = found.failure { throw failure }
        return found[x] ?? graph.constant(0 as Double).broadcast(to: x.shape)
      }
      let places = zip(pattern.rows, pattern.columns).map { rowColors.colors[$0] * pattern.columnCount + $1 }
      return pattern.jacobian(backward, places, in: graph)
    }
    let forward = try columnColors.groups.map { group in
      let direction = Tensor(shape: x.shape, SparsePattern.ones(at: group, of: pattern.columnCount))
      return try tangent(along: [(x, direction)])
    }
    let places = zip(pattern.rows, pattern.columns).map { columnColors.colors[$1] * pattern.rowCount + $0 }
    return pattern.jacobian(forward, places, in: graph)
  }

  /// The Hessian of a single number by a node, made of what is not 0 in it.
  ///
  /// Its structure is that of the gradient. A star colouring makes use of the symmetry: an arrow takes two passes
  /// (Coleman and Moré 1984); each is a tangent of the gradient.
  /// - Throws: as `jacobian(withRespectTo:structure:)`; where this is no single number.
  public func hessian(withRespectTo x: Node, structure: JacobianStructure) throws -> SparseJacobian {
    let id = try graph.resolve(x)
    guard shape.elementCount == 1 else {
      throw ChainRuleError(.gradient, in: "hessian", required: "a single number", got: "shape \(shape)")
    }
    let number = shape.rank == 0 ? self : reshaped(to: [])
    let found = graph.backward(from: number, upstream: nil, wanted: [id])
    if let failure = found.failure { throw failure }
    let gradient = found[x] ?? graph.constant(0 as Double).broadcast(to: x.shape)
    let pattern = try SparsePattern(of: gradient, by: x, structure).symmetric()
    let colors = StarColouring(pattern)
    let tangents = try colors.groups.map { group in
      try gradient.tangent(along: [(x, Tensor(shape: x.shape, SparsePattern.ones(at: group, of: pattern.columnCount)))])
    }
    let places = zip(pattern.rows, pattern.columns).map { colors.place($0, $1) }
    return pattern.jacobian(tangents, places, in: graph)
  }
}

extension SparsePattern {
  fileprivate init(of output: Node, by x: Node, _ structure: JacobianStructure) throws {
    let graph = output.graph, target = try graph.resolve(output), source = try graph.resolve(x)
    for id in [target, source] { if let error = graph.failure(of: id) { throw error } }
    let (m, n) = (output.shape.elementCount, x.shape.elementCount)
    var byRow = [[Int]](repeating: [], count: m)
    switch structure {
    case .detected:
      var dependence = Dependence(on: [source], in: graph, limit: 50_000_000)
      byRow = try dependence.sets(of: target).map { $0.map(Int.init) }
    case .given(let rows, let columns):
      guard rows.count == columns.count, rows.allSatisfy((0..<m).contains), columns.allSatisfy((0..<n).contains) else {
        throw ChainRuleError(
          .shape, in: "jacobian(structure:)", required: "a column below \(n) for each row below \(m)",
          got: "\(rows.count) rows and \(columns.count) columns, or one out of range")
      }
      for (row, column) in zip(rows, columns) { byRow[row].append(column) }
      byRow = byRow.map { Array(Set($0)).sorted() }
    }
    self.init(m, n, byRow: byRow)
  }

  /// The kept elements, each at a place among those that the passes found.
  fileprivate func jacobian(_ passes: [Node], _ places: [Int], in graph: Graph) -> SparseJacobian {
    let values: Node
    if passes.isEmpty {
      values = graph.constant(Tensor(shape: [0], []))
    } else {
      let all = concatenate(passes.map { $0.reshaped(to: [$0.shape.elementCount]) })
      values = all.gathered(at: graph.constant(Tensor(indices: places)))
    }
    return SparseJacobian(
      shape: [rowCount, columnCount], rows: rows, columns: columns, values: values, passes: passes.count)
  }
}
