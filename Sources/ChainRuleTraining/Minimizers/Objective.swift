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

  /// Which elements a minimizer holds still, for they lie on a bound: products with the Hessian pass them over.
  var held: [Bool]?

  /// The Hessian at the last point, times a direction.
  func hessianProduct(along direction: [Double]) throws -> [Double] {
    assign(direction, to: directions)
    productEvaluations += 1
    let product = try products.flatMap { try $0.value().scalars }
    guard let held else { return product }
    return zip(product, held).map { $1 ? 0 : $0 }
  }

  private func assign(_ values: [Double], to nodes: [Node]) {
    var offset = 0
    for node in nodes {
      let count = node.shape.elementCount
      node.assign(Tensor(shape: node.shape, Array(values[offset..<offset + count])))
      offset += count
    }
  }

  /// Goes downhill until the gradient's largest element is below `tolerance`, or what is left to gain is less than the
  /// value's rounding. Where the gradient at the start is below 1, it has to fall by the factor `tolerance`, so that a
  /// value in small units is not taken for a minimum.
  ///
  /// - Parameters:
  ///   - bounds: the least and the largest value of each element, all leaves end to end; the start is moved between them.
  ///   - iterations: the most steps.
  /// - Throws: when the value is not finite at the start, the function cannot be computed, or bounds do not fit.
  public func minimize(
    with method: MinimizationMethod = .lbfgs(), bounds: [ClosedRange<Double>]? = nil, tolerance: Double = 1e-8,
    iterations: Int = 200
  ) throws -> Minimum {
    guard bounds.map({ $0.count == self.start.count }) ?? true else {
      throw ChainRuleError(
        .value, in: "minimize", required: "bounds for each of \(self.start.count) elements",
        got: "\(bounds?.count ?? 0)")
    }
    let box = bounds.map { Box($0) }
    let start = box?.held(self.start) ?? self.start
    let first = try evaluate(at: start)
    guard first.value.isFinite, !first.gradient.contains(where: { !$0.isFinite }) else {
      throw ChainRuleError(
        .value, in: "minimize", required: "a finite value and gradient at the start", got: "\(first.value)")
    }
    defer { held = nil }
    let minimum = try method.descent.minimize(
      self, from: start, first, within: box, tolerance: tolerance, iterations: iterations)
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

/// Where a minimizer ended, and why.
public struct Minimum: Sendable, Equatable {
  /// Why a minimizer ended.
  public enum Reason: String, Sendable, Hashable {
    /// The gradient is below the tolerance, but for elements that press against a bound.
    case gradient = "the gradient vanishes"
    /// A step along the last direction would gain less than the value's rounding.
    case rounding = "what is left to gain is less than the value's rounding"
    /// The number of iterations is used up.
    case iterations = "the iterations are used up"
    /// No step makes the value smaller, and the gradient does not vanish: a kink, or a gradient that is wrong.
    case stalled = "no step makes the value smaller"
  }

  /// All leaves end to end.
  public let point: [Double]
  /// The value at the point.
  public let value: Double
  /// The largest element of the gradient, in magnitude; those that press against a bound aside.
  public let gradientSize: Double
  /// How many steps were made.
  public let iterations: Int
  /// Why the search ended.
  public let reason: Reason
  /// The value after each iteration.
  public let values: [Double]

  /// Whether the search ended at a minimum.
  public var hasConverged: Bool { reason == .gradient || reason == .rounding }
}

/// a + scale · b
func moved(_ a: [Double], by scale: Double, along b: [Double]) -> [Double] {
  a.indices.map { a[$0] + scale * b[$0] }
}

func largest(_ a: [Double]) -> Double { a.map { Swift.abs($0) }.max() ?? 0 }
