/// What happens in one moment of a lecture.
public struct ExplainedFrame: Sendable, Codable, Equatable {
  /// What happens in a frame.
  public enum Kind: String, Sendable, Codable {
    /// A value is computed.
    case forward
    /// The backward pass starts at the output.
    case seed
    /// A contribution is added to a gradient.
    case contribution
  }

  /// What happens.
  public var kind: Kind
  /// The node that is computed, or that the contribution goes to.
  public var node: Int
  /// The edge that the contribution goes along; nil for the other frames.
  public var edge: Int?
  /// After this frame, `done` of the `of` consumers have contributed; the gradient is final when they are equal.
  public var done: Int
  /// How many consumers contribute to the node.
  public var of: Int
  /// The value, or the sum of the contributions so far.
  public var total: ExplainedValue?
  /// The arithmetic in words, with placeholders for the numbers: see `Explanation.sentence(for:)`.
  public var words: String

  /// A frame with the given fields.
  public init(kind: Kind, node: Int, edge: Int? = nil, done: Int, of: Int, total: ExplainedValue? = nil, words: String)
  {
    self.kind = kind
    self.node = node
    self.edge = edge
    self.done = done
    self.of = of
    self.total = total
    self.words = words
  }

  /// True where nothing more is added afterwards.
  public var isFinal: Bool { done == of }
}
