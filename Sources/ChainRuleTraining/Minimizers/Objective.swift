import ChainRuleCore

/// A number that is to be made small, as a function of many: recorded once, then evaluated with its gradient and its
/// Hessian-vector products wherever a minimizer asks.
///
/// ```swift
/// let objective = try Objective(from: [-1.2, 1]) { x in square(1 - x[0]) + 100 * square(x[1] - square(x[0])) }
/// print(try objective.minimize(with: .lbfgs()).point)
/// ```
public final class Objective {
  private let leaves: [Node]
  private let value: Node
  private let gradients: [Node]
  private let directions: [Node]
  private let products: [Node]
  private let parameters: [Parameter]
  private let start: [Double]
  /// How often the value with its gradient, and a Hessian-vector product, were computed.
  public private(set) var gradientEvaluations = 0, productEvaluations = 0

  /// A function of one tensor, in double precision.
  /// - Throws: what `body` throws, and a `ChainRuleError` for a value that is no single number made from it.
  public convenience init(from start: Tensor, _ body: (Node) throws -> Node) throws {
    let graph = Graph()
    let x = graph.input("x", start)
    try self.init([x], try body(x), start.scalars, [])
  }

  /// A function of parameters, which then hold the best values found.
  /// - Throws: what `body` throws, and a `ChainRuleError` for a value that is no single number made from them.
  public convenience init(of parameters: [Parameter], _ body: (Graph) throws -> Node) throws {
    let graph = Graph()
    let value = try body(graph)
    try self.init(
      parameters.map { graph.parameter($0) }, value, parameters.flatMap { $0.value.scalars }, parameters)
  }

  private init(_ leaves: [Node], _ value: Node, _ start: [Double], _ parameters: [Parameter]) throws {
    (self.leaves, self.value, self.start, self.parameters) = (leaves, value, start, parameters)
    gradients = try value.gradients(withRespectTo: leaves)
    let graph = value.graph
    directions = leaves.map { graph.input("direction", Tensor(shape: $0.shape, repeating: 0)) }
    products = try value.hessianVectorProduct(withRespectTo: leaves, along: directions)
  }

  /// The value and the gradient at a point, all leaves end to end.
  func evaluate(at point: [Double]) throws -> (value: Double, gradient: [Double]) {
    assign(point, to: leaves)
    gradientEvaluations += 1
    return (try value.scalar(), try gradients.flatMap { try $0.value().scalars })
  }

  /// The Hessian at the last point, times a direction.
  func hessianProduct(along direction: [Double]) throws -> [Double] {
    assign(direction, to: directions)
    productEvaluations += 1
    return try products.flatMap { try $0.value().scalars }
  }

  private func assign(_ values: [Double], to nodes: [Node]) {
    var offset = 0
    for node in nodes {
      let count = node.shape.elementCount
      node.assign(Tensor(shape: node.shape, Array(values[offset..<offset + count])))
      offset += count
    }
  }

  /// Goes downhill until the gradient's largest element is below `tolerance`, or nothing improves.
  ///
  /// - Throws: when the value is not finite at the start, or the function cannot be computed.
  public func minimize(
    with method: MinimizationMethod = .lbfgs(), tolerance: Double = 1e-8, iterations: Int = 200
  ) throws -> Minimum {
    let first = try evaluate(at: start)
    guard first.value.isFinite, !first.gradient.contains(where: { !$0.isFinite }) else {
      throw ChainRuleError(
        .value, in: "minimize", required: "a finite value and gradient at the start", got: "\(first.value)")
    }
    let minimum = try method.descent.minimize(
      self, from: start, first, tolerance: tolerance, iterations: iterations)
    assign(minimum.point, to: leaves)
    return minimum
  }
}

/// How a minimizer chooses its steps.
public enum MinimizationMethod: Sendable, Hashable {
  /// Curvature from the last few gradients. Source: Liu and Nocedal 1989.
  case lbfgs(memory: Int = 10)
  /// Newton's equation solved by conjugate gradients on Hessian-vector products. Source: Dembo and Steihaug 1983.
  case newtonCG

  var descent: any DescentMethod {
    switch self {
    case .lbfgs(let memory): LBFGS(memory: memory)
    case .newtonCG: NewtonCG()
    }
  }
}

/// Where a minimizer ended.
public struct Minimum: Sendable, Equatable {
  /// All leaves end to end.
  public let point: [Double]
  /// The value at the point.
  public let value: Double
  /// The largest element of the gradient, in magnitude.
  public let gradientSize: Double
  /// How many steps were made.
  public let iterations: Int
  /// Whether the gradient is below the tolerance.
  public let hasConverged: Bool
  /// The value after each iteration.
  public let values: [Double]
}

func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for index in a.indices { sum += a[index] * b[index] }
  return sum
}

/// a + scale · b
func moved(_ a: [Double], by scale: Double, along b: [Double]) -> [Double] {
  a.indices.map { a[$0] + scale * b[$0] }
}

func largest(_ a: [Double]) -> Double { a.map { Swift.abs($0) }.max() ?? 0 }
