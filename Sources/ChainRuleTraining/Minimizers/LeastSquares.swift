import ChainRuleCore

/// Where a sum of squares is least, how surely, and why the search ended there.
public struct LeastSquaresFit: Sendable, Equatable {
  /// Why a search ended.
  public enum Reason: String, Sendable, Hashable {
    /// No undamped step makes the residuals smaller than rounding lets them be.
    case converged = "no step goes on downhill"
    /// The residuals are 0.
    case exact = "the residuals vanish"
    /// The number of iterations is used up.
    case iterations = "the iterations are used up"
    /// No step, however small, makes the sum smaller, and the gradient does not vanish.
    case stalled = "no step makes the sum smaller"
  }

  /// The best parameters found.
  public let parameters: [Double]
  /// r at the best parameters.
  public let residuals: [Double]
  /// Σ r².
  public let sumOfSquares: Double
  /// s² (JᵀJ)⁻¹ with s² = Σ r²/(m − n), where J is the Jacobian of the residuals; infinite in rows of parameters that
  /// the residuals do not determine, 0 in those that lie on a bound. Source: Seber and Wild 1989, section 2.1.
  public let covariance: [[Double]]
  /// How often a step was computed.
  public let iterations: Int
  /// Why the search ended.
  public let reason: Reason

  /// Whether the search ended at a minimum.
  public var converged: Bool { reason == .converged || reason == .exact }
  /// The square roots of the covariance's diagonal.
  public var standardErrors: [Double] { covariance.indices.map { covariance[$0][$0].squareRoot() } }
  /// √(Σ r²/(m − n)), what a residual is expected to be.
  public var residualDeviation: Double {
    let freedom = residuals.count - parameters.count
    return freedom > 0 ? (sumOfSquares / Double(freedom)).squareRoot() : .nan
  }
}

/// Minimizes a sum of squares Σ r² by Levenberg's and Marquardt's method.
///
/// Steps δ minimize ‖Jδ + r‖² + λ‖Dδ‖², J being the Jacobian that the graph differentiates and D the largest norms that
/// its columns have had, so that the scale of a parameter does not matter and no column runs away. They are solved by
/// Householder reflections, not by JᵀJ, whose condition would be squared. A second step a/2 follows the bend of the
/// residuals, a from the same system with −r″(δ, δ) on the right, which the graph differentiates too; where the bend is
/// too strong for that, λ grows. A search that does not end at a minimum, or on a plateau where a parameter does not
/// matter, is made again without the second step, then with hardly any λ, and the best end is kept. Sources: Levenberg 1944; Marquardt 1963; scaling: Moré 1978; the second step: Transtrum and
/// Sethna 2012.
///
/// ```swift
/// let fit = try leastSquares(from: [500, 1e-4]) { b in b[0] * (1 - exp(-b[1] * x)) - y }
/// print(fit.parameters, fit.standardErrors)
/// ```
/// - Parameters:
///   - start: where the search begins, `[n]`; held inside the bounds.
///   - iterations: the most steps of a search.
///   - bounds: the least and the largest value of each parameter; none by default.
///   - residuals: from the parameters `[n]` to the residuals, of any shape with at least n elements. Data enter as
///     constants of the parameters' graph: `b.graph.constant(…)`.
/// - Throws: what `residuals` throws, for bounds that do not fit, and where the residuals at the start are not finite.
public func leastSquares(
  from start: [Double], bounds: [ClosedRange<Double>]? = nil, iterations: Int = 1000,
  _ residuals: (Node) throws -> Node
) throws -> LeastSquaresFit {
  let graph = Graph()
  let parameters = graph.input("parameters", Tensor(start))
  return try LeastSquares(residuals: try residuals(parameters), parameters: parameters, bounds: bounds)
    .fit(from: start, iterations: iterations)
}

/// A sum of squares as recorded: residuals, the parameters they come from, the Jacobian.
struct LeastSquares {
  private let residuals: Node
  private let parameters: Node
  private let jacobian: Node
  /// A direction, and r″ along it twice.
  private let direction: Node
  private let bend: Node
  private let bounds: [ClosedRange<Double>]

  init(residuals: Node, parameters: Node, bounds: [ClosedRange<Double>]?) throws {
    if let error = residuals.error ?? parameters.error { throw error }
    let count = parameters.shape.elementCount
    guard parameters.shape.rank == 1, count > 0, residuals.shape.elementCount >= count else {
      throw ChainRuleError(
        .shape, in: "leastSquares", required: "parameters [n] and at least n residuals",
        got: "parameters \(parameters.shape) and residuals \(residuals.shape)")
    }
    guard bounds.map({ $0.count == count }) ?? true else {
      throw ChainRuleError(
        .value, in: "leastSquares", required: "bounds for each of \(count) parameters", got: "\(bounds?.count ?? 0)")
    }
    self.residuals = residuals.reshaped(to: Shape([residuals.shape.elementCount]))
    self.parameters = parameters
    self.bounds = bounds ?? [ClosedRange<Double>](repeating: -Double.infinity...Double.infinity, count: count)
    jacobian = try self.residuals.jacobian(withRespectTo: parameters)
    direction = parameters.graph.input("direction", Tensor(shape: parameters.shape, repeating: 0))
    bend = try self.residuals.tangent(along: [(parameters, direction)]).tangent(along: [(parameters, direction)])
  }

  /// A point with its residuals.
  private struct Point {
    var parameters: [Double]
    var residuals: [Double]
    var sum: Double
  }

  func fit(from start: [Double], iterations: Int) throws -> LeastSquaresFit {
    let first = try point(at: held(start))
    guard first.sum.isFinite else {
      throw ChainRuleError(
        .value, in: "leastSquares", required: "finite residuals at the start", got: "a sum of squares of \(first.sum)",
        hint: "Begin elsewhere.")
    }
    var best = Search(start: first), count = 0
    for manner in Self.manners {
      let search = try Search(from: first, manner, in: self, iterations)
      count += search.count
      if count == search.count || search.best.sum < best.best.sum { best = search }
      if try search.reason == .exact || search.reason == .converged && isDetermined(at: search.best) { break }
    }
    return try result(best.best, count, best.reason)
  }

  /// Whether every parameter matters there; on a plateau some do not, and another search may pass it by.
  private func isDetermined(at point: Point) throws -> Bool {
    let diagonal = try system(at: point).inverseOfNormal()
    return diagonal.indices.allSatisfy { isOnBound(point, $0) || diagonal[$0][$0].isFinite }
  }

  /// The first λ, what it is multiplied and divided by, and whether steps follow the bend of the residuals.
  private struct Manner {
    let damping: Double, up: Double, down: Double
    let followsBend: Bool
  }

  private static let manners = [
    Manner(damping: 1e-2, up: 10, down: 10, followsBend: true),
    Manner(damping: 1e-2, up: 10, down: 10, followsBend: false),
    Manner(damping: 1e-8, up: 1.5, down: 5, followsBend: false),
  ]

  /// One way downhill.
  private struct Search {
    var best: Point
    var reason = LeastSquaresFit.Reason.iterations
    var count = 0

    init(start: Point) { best = start }

    init(from start: Point, _ manner: Manner, in problem: LeastSquares, _ limit: Int) throws {
      best = start
      var damping = manner.damping
      var scale = [Double](repeating: 0, count: start.parameters.count)
      while count < limit, reason == .iterations {
        count += 1
        if best.sum == 0 {
          reason = .exact
          break
        }
        let system = try problem.system(at: best)
        scale = zip(scale, system.norms).map { Swift.max($0, $1) }
        while true {
          if let trial = try problem.trial(from: best, system, damping, scale, manner.followsBend), trial.sum < best.sum
          {
            best = trial
            damping = Swift.max(damping / manner.down, 1e-20)
            break
          }
          damping *= manner.up
          guard damping < 1e20 else {
            reason = .stalled
            break
          }
        }
      }
      if reason != .exact { (best, reason) = try problem.polished(best, otherwise: reason) }
    }
  }

  /// Where a step leads; nil where the residuals bend too much for one so long.
  private func trial(
    from start: Point, _ system: LinearLeastSquares, _ damping: Double, _ scale: [Double], _ followsBend: Bool
  ) throws -> Point? {
    var step = system.step(damping: damping, scale: scale)
    if followsBend {
      parameters.assign(Tensor(start.parameters))
      direction.assign(Tensor(step))
      let second = system.step(damping: damping, scale: scale, right: try bend.value().scalars.map { -$0 / 2 })
      func size(_ vector: [Double]) -> Double {
        zip(vector, scale).reduce(0) { $0 + $1.0 * $1.0 * $1.1 * $1.1 }.squareRoot()
      }
      guard second.allSatisfy(\.isFinite), 2 * size(second) <= 0.75 * size(step) else { return nil }
      step = zip(step, second).map { $0 + $1 }
    }
    return try point(at: held(zip(start.parameters, step).map { $0 + $1 }))
  }

  /// The sum of squares is flat to rounding near its minimum, where the gradient is not yet zero: undamped steps (Gauss
  /// and Newton) go on as long as they shrink.
  private func polished(
    _ start: Point, otherwise reason: LeastSquaresFit.Reason
  ) throws -> (Point, LeastSquaresFit.Reason) {
    var (best, last) = (start, Double.infinity)
    for _ in 0..<200 {
      let step = try system(at: best).step(damping: 0, scale: [])
      let next = try point(at: held(zip(best.parameters, step).map { $0 + $1 }))
      let moves = zip(next.parameters, best.parameters).map { abs($0 - $1) / Swift.max(abs($1), 1e-300) }
      let size = moves.max() ?? 0
      // Residuals of mere rounding do not shrink, however short the step.
      if size < 1e-9 { last = Swift.min(last, size) }
      guard size < last, next.sum.isFinite, next.sum <= start.sum * (1 + 1e-9) else { break }
      (best, last) = (next, size)
    }
    return (best, last < 1e-6 ? .converged : reason)
  }

  private func held(_ point: [Double]) -> [Double] {
    zip(point, bounds).map { Swift.min(Swift.max($0, $1.lowerBound), $1.upperBound) }
  }

  private func point(at values: [Double]) throws -> Point {
    parameters.assign(Tensor(values))
    let residuals = try residuals.value().scalars
    let sum = residuals.reduce(0) { $0 + $1 * $1 }
    return Point(parameters: values, residuals: residuals, sum: sum.isFinite ? sum : .infinity)
  }

  /// The linear system of a step, without the parameters that lie on a bound and would leave it.
  private func system(at point: Point) throws -> LinearLeastSquares {
    parameters.assign(Tensor(point.parameters))
    var matrix = try jacobian.value().scalars
    let n = point.parameters.count
    for column in 0..<n {
      let slope = point.residuals.indices.reduce(0.0) { $0 + matrix[$1 * n + column] * point.residuals[$1] }
      let (value, bound) = (point.parameters[column], bounds[column])
      guard value <= bound.lowerBound && slope > 0 || value >= bound.upperBound && slope < 0 else { continue }
      for row in point.residuals.indices { matrix[row * n + column] = 0 }
    }
    return LinearLeastSquares(matrix: matrix, columns: n, right: point.residuals.map { -$0 })
  }

  private func result(
    _ best: Point, _ iterations: Int, _ reason: LeastSquaresFit.Reason
  ) throws -> LeastSquaresFit {
    let freedom = best.residuals.count - best.parameters.count
    let variance = freedom > 0 ? best.sum / Double(freedom) : .nan
    let covariance = try system(at: best).inverseOfNormal().map { $0.map { $0 == 0 ? 0 : variance * $0 } }
    let rows = covariance.indices.map { row in
      covariance[row].indices.map { column in
        isOnBound(best, row) || isOnBound(best, column) ? 0 : covariance[row][column]
      }
    }
    return LeastSquaresFit(
      parameters: best.parameters, residuals: best.residuals, sumOfSquares: best.sum, covariance: rows,
      iterations: iterations, reason: reason)
  }

  private func isOnBound(_ point: Point, _ index: Int) -> Bool {
    point.parameters[index] == bounds[index].lowerBound || point.parameters[index] == bounds[index].upperBound
  }
}
