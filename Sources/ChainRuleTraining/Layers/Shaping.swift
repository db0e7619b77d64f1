import ChainRuleCore

/// `[batch, …] → [batch, features]`
public struct Flatten: Model, Sendable {
  /// A layer without parameters.
  public init() {}
  /// Records the elements of each example in one row: `[batch, …] → [batch, features]`.
  public func callAsFunction(_ x: Node) -> Node { x.reshaped(to: [x.shape[0], -1]) }
}

/// Another shape for each example: `[batch, …] → [batch] + shape`.
public struct Reshape: Model, Sendable {
  /// The shape of one example.
  public let shape: Shape
  /// A layer that gives each example this shape; one length may be -1 and follows from the others.
  public init(_ shape: Shape) { self.shape = shape }
  /// Records the same elements in another shape: `[batch, …] → [batch] + shape`.
  public func callAsFunction(_ x: Node) -> Node { x.reshaped(to: Shape([x.shape[0]] + shape.dimensions)) }
}

/// x + body(x): the body learns only what is to change. Source: He, Zhang, Ren and Sun 2016.
public struct Residual: Model {
  /// What is added to the input.
  public let body: any Model
  /// A layer around a body that keeps the shape of its input.
  public init(_ body: any Model) { self.body = body }
  /// A layer around layers, one after the other, that keep the shape of their input.
  public init(@SequentialBuilder _ layers: () -> [any Model]) { body = Sequential(layers()) }
  /// Records x + body(x): any shape that the body takes, to the same.
  public func callAsFunction(_ x: Node) -> Node { x + body(x) }
}

/// max over k linear maps, y_j = max_k (x · W_k + b_k)_j: a convex activation that is learned.
/// Source: Goodfellow et al. 2013.
public struct Maxout: Model, Sendable {
  /// All pieces side by side: `[inputs, outputs · pieces]`.
  public let pieces: Dense
  /// How many linear maps the maximum goes over.
  public let count: Int

  /// A layer of so many maps with random weights: Glorot's uniform distribution by default.
  public init(
    _ inputs: Int, _ outputs: Int, pieces count: Int = 2, weights: Initializer = .xavierUniform, seed: UInt64? = nil
  ) {
    pieces = Dense(inputs, Shape([outputs, count]).elementCount, weights: weights, seed: seed)
    self.count = count
  }

  /// Records the maximum over the maps: `[…, inputs] → […, outputs]`.
  public func callAsFunction(_ x: Node) -> Node {
    let all = pieces(x)
    return all.reshaped(to: Shape(all.shape.dimensions.dropLast() + [all.shape[-1] / Swift.max(count, 1), count]))
      .max(axes: [-1])
  }
}
