import ChainRuleCore

/// The rows of a table at indices: `[…] → […, width]`.
public struct Embedding: Model, Sendable {
  /// `[count, width]`
  public let weight: Parameter
  /// An index that stands for nothing: its row starts as 0, and no gradient, weight decay or momentum moves
  /// it.
  public let paddingIndex: Int?

  /// A table of `count` random vectors; a padding index without a row is carried as a mistake.
  /// - Parameter weights: how the table starts; standard normal by default.
  public init(
    _ count: Int, _ width: Int, paddingIndex: Int? = nil, weights: Initializer = .normal(), seed: UInt64? = nil
  ) {
    let table = weights([count, width], fanIn: count, fanOut: width, seed: seed ?? nextSeed())
    self.init(weight: paddingIndex.map { Self.cleared(table, row: $0) } ?? table, paddingIndex: paddingIndex)
  }

  /// From a given table `[count, width]`, whose padding row stays as it is given.
  public init(weight: Tensor, paddingIndex: Int? = nil) {
    self.weight = Parameter(weight, fixedRow: paddingIndex)
    self.paddingIndex = paddingIndex
  }

  private static func cleared(_ table: Tensor, row: Int) -> Tensor {
    if table.error != nil { return table }
    guard table.shape.rank == 2, (0..<table.rowCount).contains(row) else {
      return Tensor(
        error: ChainRuleError(
          .value, in: "Embedding", required: "a padding index in 0..<\(table.rowCount)", got: "\(row)"))
    }
    var table = table
    for column in 0..<table.shape[1] { table[row, column] = 0 }
    return table
  }

  /// Records the rows at indices: `[…] → […, width]`.
  public func callAsFunction(_ indices: Node) -> Node {
    let rows = indices.graph.parameter(weight).gathered(at: indices)
    guard let paddingIndex else { return rows }
    let isPadding = equal(indices, Double(paddingIndex)).expandingDimension(at: -1)
    return `where`(isPadding, rows.stoppingGradient(), rows)
  }
}
