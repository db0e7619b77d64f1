/// Refinement: a primitive that knows how to compute a whole batch of examples at once, for `vectorized`.
///
/// One that does not is run example by example, as a loop.
public protocol BatchedPrimitive: Primitive {
  /// Records the primitive for a batch.
  /// - Parameter batch: its inputs, some of which have an axis of examples before their own axes.
  /// - Returns: the output with an axis of examples before its own; `nil` where only a loop will do.
  func batched(_ batch: Batch) -> Node?
}

/// The inputs of a primitive for a batch of examples.
public struct Batch {
  /// What the primitive reads; those that are batched have an axis of examples first.
  public let inputs: [Node]
  /// Whether an input is another one for each example.
  public let isBatched: [Bool]
  /// The number of examples.
  public let size: Int

  package init(inputs: [Node], isBatched: [Bool], size: Int) {
    (self.inputs, self.isBatched, self.size) = (inputs, isBatched, size)
  }

  /// Where the inputs are recorded.
  public var graph: Graph { inputs[0].graph }

  /// The shape of an input for one example.
  public func shape(_ place: Int) -> Shape {
    let shape = inputs[place].shape
    return isBatched[place] ? Shape(Array(shape.dimensions.dropFirst())) : shape
  }

  /// An input with its axis of examples: repeated where it is the same for all.
  public func full(_ place: Int) -> Node {
    isBatched[place]
      ? inputs[place] : inputs[place].broadcast(to: Shape([size] + inputs[place].shape.dimensions))
  }

  /// All inputs with their axis of examples.
  public var full: [Node] { inputs.indices.map { full($0) } }

  /// A primitive on all inputs, each with its axis of examples: what computes element by element, or leaves the first
  /// axis alone.
  public func record(_ primitive: any Primitive) -> Node { graph.recordGeneral(primitive, full) }

  /// Axes behind the one of examples.
  package func shifted(_ axes: [Int]) -> [Int] { axes.map { $0 + 1 } }
  /// A shape behind the axis of examples.
  func behind(_ shape: Shape) -> Shape { Shape([size] + shape.dimensions) }
  /// An input whose first two axes, examples and what the primitive calls its batch, are one.
  func folded(_ place: Int) -> Node {
    let shape = shape(place)
    return full(place).reshaped(to: Shape([size * shape[0]] + shape.dimensions.dropFirst()))
  }
  /// The other way round.
  func unfolded(_ node: Node) -> Node {
    node.reshaped(to: Shape([size, size == 0 ? 0 : node.shape[0] / size] + node.shape.dimensions.dropFirst()))
  }
}

extension Batch {
  /// What a primitive computes for the batch, by its own rule or as one that works element by element; `nil` where
  /// only a loop will do.
  package func recorded(_ primitive: any Primitive) -> Node? {
    if primitive is any ElementwisePrimitive { return record(primitive) }
    return (primitive as? any BatchedPrimitive)?.batched(self)
  }
}
