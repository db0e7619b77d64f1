import ChainRuleCore

/// softmax(q · kᵀ / √width) · v: every query looks up a mixture of the values. Source: Vaswani et al. 2017.
///
/// - Parameters:
///   - query: `[…, queries, width]`, key: `[…, keys, width]`, value: `[…, keys, outputs]`
///   - isCausal: position i sees keys 0 … i only.
///   - keyMask: `[batch, keys]`, 1 for keys that count.
/// - Returns: `[…, queries, outputs]` and the weights `[…, queries, keys]`, whose rows sum to 1; a query that sees no
///   key gets weights of 0 and the output 0, with gradient 0.
public func scaledDotProductAttention(
  _ query: Node, _ key: Node, _ value: Node, isCausal: Bool = false, keyMask: Node? = nil
) -> (output: Node, weights: Node) {
  let graph = query.graph
  guard query.error == nil, key.error == nil, query.shape.rank >= 2, key.shape.rank == query.shape.rank else {
    let broken = [query, key].first { $0.error != nil }
    let mistake =
      broken
      ?? graph.failed(
        ChainRuleError(
          .shape, in: "attention", required: "queries and keys […, length, width]",
          got: "\(query.shape) and \(key.shape)"))
    return (mistake, mistake)
  }
  let rank = query.shape.rank, (queries, keys) = (query.shape[-2], key.shape[-2])
  let transposed = key.transposed(Array(0..<rank - 2) + [rank - 1, rank - 2])
  var scores = query.matmul(transposed) * (1 / Double(Swift.max(query.shape[-1], 1)).squareRoot())
  if isCausal {
    let sees = (0..<queries * keys).map { $0 % keys <= $0 / keys ? 1.0 : 0 }
    scores = `where`(graph.constant(Tensor(shape: [queries, keys], sees)), scores, -.infinity)
  }
  if let keyMask {
    let counts = keyMask.reshaped(to: Shape([keyMask.shape[0]] + [Int](repeating: 1, count: rank - 2) + [keys]))
    scores = `where`(counts, scores, -.infinity)
  }
  let weights = softmax(scores)
  return (weights.matmul(value), weights)
}

/// Several attentions side by side, each on its own share of the features: `[batch, length, width]` to the same.
/// Source: Vaswani et al. 2017.
public struct MultiHeadAttention: Model, Sendable {
  /// The maps of queries, keys, values, and of the heads' outputs side by side: `[…, width] → […, width]`.
  public let query: Dense, key: Dense, value: Dense, output: Dense
  /// How many attentions stand side by side; they share the width.
  public let heads: Int
  /// Whether position i sees positions 0 … i only.
  public let isCausal: Bool

  /// A layer with random maps for vectors of a width that the heads share evenly.
  public init(_ width: Int, heads: Int, isCausal: Bool = false, seed: UInt64? = nil) {
    (query, key, value, output) = withSeed(seed ?? nextSeed()) {
      (Dense(width, width), Dense(width, width), Dense(width, width), Dense(width, width))
    }
    (self.heads, self.isCausal) = (heads, isCausal)
  }

  /// A layer of given maps.
  public init(query: Dense, key: Dense, value: Dense, output: Dense, heads: Int, isCausal: Bool = false) {
    (self.query, self.key, self.value, self.output) = (query, key, value, output)
    (self.heads, self.isCausal) = (heads, isCausal)
  }

  /// Attention of a sequence to itself.
  public func callAsFunction(_ x: Node) -> Node { attend(from: x, to: x, x).output }

  /// Attention of one sequence to another.
  ///
  /// - Parameters:
  ///   - queries: `[batch, queries, width]`, keys and values: `[batch, keys, width]`
  ///   - keyMask: `[batch, keys]`, 1 for keys that count.
  /// - Returns: `[batch, queries, width]` and the weights `[batch, heads, queries, keys]`.
  public func attend(from queries: Node, to keys: Node, _ values: Node, keyMask: Node? = nil) -> (
    output: Node, weights: Node
  ) {
    let width = query.weight.shape[1]
    guard heads > 0, width % heads == 0, queries.shape.rank == 3 || queries.error != nil else {
      let mistake = queries.graph.failed(
        ChainRuleError(
          .shape, in: "MultiHeadAttention", required: "[batch, length, \(width)] and a width that \(heads) heads share",
          got: "\(queries.shape)"))
      return (mistake, mistake)
    }
    let (mixed, weights) = scaledDotProductAttention(
      query(queries).split(intoHeads: heads), key(keys).split(intoHeads: heads), value(values).split(intoHeads: heads),
      isCausal: isCausal, keyMask: keyMask)
    return (output(mixed.transposed([0, 2, 1, 3]).reshaped(to: queries.shape)), weights)
  }

}

extension Node {
  /// `[batch, length, width] → [batch, heads, length, width / heads]`
  package func split(intoHeads heads: Int) -> Node {
    reshaped(to: [shape[0], shape[1], heads, shape[2] / heads]).transposed([0, 2, 1, 3])
  }
}
