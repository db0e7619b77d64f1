/// `[batch, …] → [batch, features]`
public struct Flatten: Model, Sendable {
  public init() {}
  public func callAsFunction(_ x: Node) -> Node { x.reshaped(to: [x.shape[0], -1]) }
}

/// Another shape for each example: `[batch, …] → [batch] + shape`.
public struct Reshape: Model, Sendable {
  public let shape: Shape
  public init(_ shape: Shape) { self.shape = shape }
  public func callAsFunction(_ x: Node) -> Node { x.reshaped(to: Shape([x.shape[0]] + shape.dimensions)) }
}

/// x + body(x): the body learns only what is to change. Source: He, Zhang, Ren and Sun 2016.
public struct Residual: Model {
  public let body: any Model
  public init(_ body: any Model) { self.body = body }
  public init(@SequentialBuilder _ layers: () -> [any Model]) { body = Sequential(layers()) }
  public func callAsFunction(_ x: Node) -> Node { x + body(x) }
}

/// max over k linear maps, y_j = max_k (x · W_k + b_k)_j: a convex activation that is learned.
/// Source: Goodfellow et al. 2013.
public struct Maxout: Model, Sendable {
  /// All pieces side by side: `[inputs, outputs · pieces]`.
  public let pieces: Dense
  public let count: Int

  public init(
    _ inputs: Int, _ outputs: Int, pieces count: Int = 2, weights: Initializer = .xavierUniform, seed: UInt64? = nil
  ) {
    pieces = Dense(inputs, outputs * count, weights: weights, seed: seed)
    self.count = count
  }

  public func callAsFunction(_ x: Node) -> Node {
    let all = pieces(x)
    return all.reshaped(to: Shape(all.shape.dimensions.dropLast() + [all.shape[-1] / Swift.max(count, 1), count]))
      .max(axes: [-1])
  }
}
