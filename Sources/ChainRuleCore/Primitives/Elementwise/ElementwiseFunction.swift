/// An elementwise primitive from two closures: the function of one number and its derivative in graph nodes.
///
/// ```swift
/// let cube = ElementwiseFunction("cube", { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 })
/// let c = cube(x)
/// ```
public struct ElementwiseFunction: Primitive {
  /// What explanations, formulas and messages call it.
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

  /// A function of one number and its derivative, which is written in nodes so that it can be differentiated again.
  public init(
    _ name: String, _ function: @escaping @Sendable (Double) -> Double, derivative: @escaping @Sendable (Node) -> Node
  ) {
    self.name = name
    body = Body(function, derivative)
  }

  public var arity: Int? { 1 }

  /// Records it on a node of any shape, element by element.
  public func callAsFunction(_ x: Node) -> Node { x.graph.record(self, [x]) }
  public func shape(of inputs: [Shape]) throws -> Shape { inputs[0] }
  public func forward(_ inputs: [Tensor]) throws -> Tensor { inputs[0].map(body.function) }
  public func localGradient(of output: Node, withRespectTo index: Int, inputs: [Node]) -> LocalGradient {
    .factor(body.derivative(inputs[0]))
  }

  /// Whether both are the same function, not two that compute the same.
  public static func == (a: Self, b: Self) -> Bool { a.body === b.body }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(body)) }
}
