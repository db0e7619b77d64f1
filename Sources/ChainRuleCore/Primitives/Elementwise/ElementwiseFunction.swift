/// An elementwise primitive from two closures: the function of one number and its derivative in graph nodes.
///
/// ```swift
/// let cube = ElementwiseFunction("cube", { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 })
/// let c = cube(x)
/// ```
public struct ElementwiseFunction: Primitive {
  public let name: String
  private let body: Body

  /// A reference, so that two functions are equal only if they are the same one.
  private final class Body: Sendable {
    let function: @Sendable (Double) -> Double
    let derivative: @Sendable (Node) -> Node
    init(_ function: @escaping @Sendable (Double) -> Double, _ derivative: @escaping @Sendable (Node) -> Node) {
      (self.function, self.derivative) = (function, derivative)
    }
  }

  public init(
    _ name: String, _ function: @escaping @Sendable (Double) -> Double, derivative: @escaping @Sendable (Node) -> Node
  ) {
    self.name = name
    body = Body(function, derivative)
  }

  public var arity: Int? { 1 }
  public func callAsFunction(_ x: Node) -> Node { x.graph.record(self, [x]) }
  public func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  public func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map(body.function) }
  public func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(body.derivative(inputs[0]))
  }

  public static func == (a: Self, b: Self) -> Bool { a.body === b.body }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(body)) }
}
