import ChainRuleCore

/// Models one after the other: each takes what the one before it gives.
///
/// ```swift
/// let model = Sequential {
///   Dense(64, 32)
///   relu                                // a function is a layer without parameters
///   Function { x in 2 * x }             // so is a closure
///   Dense(32, 10)
/// }
/// ```
///
/// Layers may be optional, repeated in a loop, or taken from an array; parameters are named by position:
/// `0.weight`.
public struct Sequential: Model, CustomReflectable {
  /// The layers, the first one first.
  public var layers: [any Model]

  /// From an array of layers.
  public init(_ layers: [any Model]) { self.layers = layers }
  /// From layers one by one.
  public init(_ layers: any Model...) { self.layers = layers }
  /// From a block of layers, functions, loops and optionals.
  public init(@SequentialBuilder _ layers: () -> [any Model]) { self.layers = layers() }

  /// Records the layers one after the other: from what the first one takes to what the last one gives.
  public func callAsFunction(_ x: Node) -> Node { layers.reduce(x) { $1($0) } }

  /// What the search for parameters sees: the layers by position.
  public var customMirror: Mirror { Mirror(self, unlabeledChildren: layers, displayStyle: .collection) }
}

/// A layer without parameters, from a closure. What the closure captures is not searched for parameters.
public struct Function: Model, Sendable {
  /// What descriptions call it.
  public let name: String
  private let body: @Sendable (Node) -> Node

  /// A layer from a function of one's own.
  public init(_ name: String = "function", _ body: @escaping @Sendable (Node) -> Node) {
    (self.name, self.body) = (name, body)
  }

  /// Records what the closure records.
  public func callAsFunction(_ x: Node) -> Node { body(x) }
}

/// Collects the layers of `Sequential { … }`.
@resultBuilder
public enum SequentialBuilder {
  /// A layer.
  public static func buildExpression(_ layer: any Model) -> [any Model] { [layer] }
  /// A layer, or nothing.
  public static func buildExpression(_ layer: (any Model)?) -> [any Model] { layer.map { [$0] } ?? [] }
  /// Several layers.
  public static func buildExpression(_ layers: [any Model]) -> [any Model] { layers }
  /// A function, as a layer without parameters.
  public static func buildExpression(_ body: @escaping @Sendable (Node) -> Node) -> [any Model] {
    [Function("function", body)]
  }
  /// Layers one after the other.
  public static func buildBlock(_ parts: [any Model]...) -> [any Model] { parts.flatMap { $0 } }
  /// An `if` without `else`.
  public static func buildOptional(_ part: [any Model]?) -> [any Model] { part ?? [] }
  /// The first branch of an `if`.
  public static func buildEither(first part: [any Model]) -> [any Model] { part }
  /// The second branch of an `if`.
  public static func buildEither(second part: [any Model]) -> [any Model] { part }
  /// A loop.
  public static func buildArray(_ parts: [[any Model]]) -> [any Model] { parts.flatMap { $0 } }
}
