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
  public var layers: [any Model]

  public init(_ layers: [any Model]) { self.layers = layers }
  public init(_ layers: any Model...) { self.layers = layers }
  public init(@SequentialBuilder _ layers: () -> [any Model]) { self.layers = layers() }

  public func callAsFunction(_ x: Node) -> Node { layers.reduce(x) { $1($0) } }

  public var customMirror: Mirror { Mirror(self, unlabeledChildren: layers, displayStyle: .collection) }
}

/// A layer without parameters, from a closure. What the closure captures is not searched for parameters.
public struct Function: Model, Sendable {
  public let name: String
  private let body: @Sendable (Node) -> Node

  public init(_ name: String = "function", _ body: @escaping @Sendable (Node) -> Node) {
    (self.name, self.body) = (name, body)
  }

  public func callAsFunction(_ x: Node) -> Node { body(x) }
}

/// Collects the layers of `Sequential { … }`.
@resultBuilder
public enum SequentialBuilder {
  public static func buildExpression(_ layer: any Model) -> [any Model] { [layer] }
  public static func buildExpression(_ layer: (any Model)?) -> [any Model] { layer.map { [$0] } ?? [] }
  public static func buildExpression(_ layers: [any Model]) -> [any Model] { layers }
  public static func buildExpression(_ body: @escaping @Sendable (Node) -> Node) -> [any Model] {
    [Function("function", body)]
  }
  public static func buildBlock(_ parts: [any Model]...) -> [any Model] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Model]?) -> [any Model] { part ?? [] }
  public static func buildEither(first part: [any Model]) -> [any Model] { part }
  public static func buildEither(second part: [any Model]) -> [any Model] { part }
  public static func buildArray(_ parts: [[any Model]]) -> [any Model] { parts.flatMap { $0 } }
}
