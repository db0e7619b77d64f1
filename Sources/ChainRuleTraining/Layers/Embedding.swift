import ChainRuleCore

/// The rows of a table at indices: `[…] → […, width]`.
public struct Embedding: Model, Sendable {
  /// `[count, width]`
  public let weight: Parameter
  /// An index whose row is read but not trained.
  public let paddingIndex: Int?

  /// A table of `count` random vectors.
  /// - Parameter weights: how the table starts; standard normal by default.
  public init(
    _ count: Int, _ width: Int, paddingIndex: Int? = nil, weights: Initializer = .normal(), seed: UInt64? = nil
  ) {
    self.init(
      weight: weights([count, width], fanIn: count, fanOut: width, seed: seed ?? nextSeed()),
      paddingIndex: paddingIndex)
  }

  /// From a given table `[count, width]`.
  public init(weight: Tensor, paddingIndex: Int? = nil) {
    self.weight = Parameter(weight)
    self.paddingIndex = paddingIndex
  }

  /// Records the rows at indices: `[…] → […, width]`.
  public func callAsFunction(_ indices: Node) -> Node {
    let rows = indices.graph.parameter(weight).gathered(at: indices)
    guard let paddingIndex else { return rows }
    let isPadding = equal(indices, Double(paddingIndex)).expandingDimension(at: -1)
    return `where`(isPadding, rows.stoppingGradient(), rows)
  }
}
