import ChainRuleLearning
import Testing

@Suite struct Minimizers {
  static let methods: [MinimizationMethod] = [.lbfgs(), .newtonCG]

  @Test(arguments: methods) func rosenbrocksValleyIsWalkedToItsEnd(method: MinimizationMethod) throws {
    let objective = try Objective(from: Tensor([-1.2, 1, -1.2, 1])) { x in
      (square(1 - x[0..<3]) + 100 * square(x[1..<4] - square(x[0..<3]))).sum()
    }
    let minimum = try objective.minimize(with: method)
    #expect(minimum.hasConverged)
    for x in minimum.point { #expect(abs(x - 1) < 1e-6, "\(minimum)") }
    #expect(minimum.iterations < 100)
  }

  @Test(arguments: methods) func parametersHoldTheMinimum(method: MinimizationMethod) throws {
    let center = Parameter([3, 4]), scale = Parameter(1)
    let objective = try Objective(of: [center, scale]) { graph in
      square(graph.parameter(center) - graph.constant([1, -1])).sum() + square(graph.parameter(scale) - 0.5)
    }
    #expect(try objective.minimize(with: method).value < 1e-15)
    for (a, b) in zip(center.value.scalars + scale.value.scalars, [1, -1, 0.5]) { #expect(abs(a - b) < 1e-7) }
  }

  /// The least of Rosenbrock's function with x ≤ 0.5 lies at (0.5, 0.25), where it is 0.25; with y ≤ 0.5 it lies at y = 0.5
  /// where the slope along x is 0: 2 (x − 1) = 400 x (0.5 − x²).
  @Test(arguments: methods) func boundsHold(method: MinimizationMethod) throws {
    let objective = try Objective(from: Tensor([-1.2, 1])) { x in square(1 - x[0]) + 100 * square(x[1] - square(x[0])) }
    let left = try objective.minimize(with: method, bounds: [-2...0.5, -2...2])
    #expect(left.hasConverged && left.reason == .gradient)
    #expect(left.point[0] == 0.5 && abs(left.point[1] - 0.25) < 1e-8 && abs(left.value - 0.25) < 1e-12)
    let low = try objective.minimize(with: method, bounds: [-2...2, -2...0.5])
    let x = low.point[0]
    #expect(low.hasConverged && low.point[1] == 0.5)
    #expect(abs(2 * (x - 1) - 400 * x * (0.5 - x * x)) < 1e-7 && x > 0.7)
    let corner = try objective.minimize(with: method, bounds: [3...4, 1...2])
    #expect(corner.point == [3, 2] && corner.hasConverged && corner.gradientSize == 0)
    #expect(throws: ChainRuleError.self) { try objective.minimize(with: method, bounds: [0...1]) }
  }

  /// Convex, with three of five elements on their bounds: min Σ i (x_i − i)² over x_i ≤ 2.5 is at min(i, 2.5).
  @Test(arguments: methods) func severalElementsMayLieOnBounds(method: MinimizationMethod) throws {
    let objective = try Objective(from: Tensor([9, -9, 0, 0, 0])) { x in
      let center = x.graph.constant([1, 2, 3, 4, 5])
      return (center * square(x - center)).sum() + 0.5 * square(x.sum() - 10.5)
    }
    let minimum = try objective.minimize(
      with: method, bounds: [ClosedRange<Double>](repeating: -10...2.5, count: 5))
    #expect(minimum.hasConverged)
    for (a, b) in zip(minimum.point, [1, 2, 2.5, 2.5, 2.5]) { #expect(abs(a - b) < 1e-7) }
  }

  /// Units do not matter: the same function times 1e10 and 1e−10 ends at the same place and says why.
  @Test(arguments: methods, [1e10, 1, 1e-10]) func theScaleOfTheValueDoesNotMatter(
    method: MinimizationMethod, scale: Double
  ) throws {
    let objective = try Objective(from: Tensor([-1.2, 1])) { x in
      scale * (square(1 - x[0]) + 100 * square(x[1] - square(x[0])) + 1)
    }
    let minimum = try objective.minimize(with: method)
    #expect(minimum.hasConverged, "\(minimum.reason) \(minimum.gradientSize)")
    for x in minimum.point { #expect(abs(x - 1) < 1e-5, "\(minimum.point)") }
  }

  @Test func whyItEndedIsSaid() throws {
    let valley = try Objective(from: Tensor([-1.2, 1])) { x in square(1 - x[0]) + 100 * square(x[1] - square(x[0])) }
    let short = try valley.minimize(iterations: 3)
    #expect(short.reason == .iterations && !short.hasConverged && short.iterations == 3)
    // The value of x² with the gradient of −x²: every step along it goes uphill.
    let wrong = try Objective(from: Tensor([1])) { x in (2 * square(x).stoppingGradient() - square(x)).sum() }
    let stalled = try wrong.minimize(iterations: 500)
    #expect(!stalled.hasConverged && stalled.reason == .stalled && stalled.point == [1])
    // A kink, where the derivative of |x| is 0 by convention.
    let kink = try Objective(from: Tensor([0.3])) { x in abs(x).sum() + 1 }
    #expect(try kink.minimize().value == 1)
    #expect(try valley.minimize(iterations: 500).reason == .gradient)
  }

  /// Numbers with mean m and variance v: the maximum of the likelihood has covariance v/n for the mean and 1/(2 n) for
  /// the logarithm of the deviation, and 0 between them.
  @Test func theInverseHessianIsTheCovariance() throws {
    let numbers: [Double] = [1, 4, 2, 8, 5, 7]
    let objective = try Objective(from: Tensor([0, 1])) { x in
      let z = (x.graph.constant(Tensor(numbers)) - x[0]) * exp(-x[1])
      return 0.5 * square(z).sum() + 6 * x[1]
    }
    let minimum = try objective.minimize(), covariance = try objective.covariance(at: minimum)
    let mean = 4.5, variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / 6 }
    #expect(abs(minimum.point[0] - mean) < 1e-7)
    #expect(abs(covariance[0][0] - variance / 6) < 1e-6 && abs(covariance[1][1] - 1.0 / 12) < 1e-7)
    #expect(abs(covariance[0][1]) < 1e-7 && covariance[0][1] == covariance[1][0])
    let bounds: [ClosedRange<Double>] = [-9...4, -9...9]
    let bounded = try objective.minimize(bounds: bounds)
    let half = try objective.covariance(at: bounded, bounds: bounds)
    #expect(bounded.point[0] == 4 && half[0] == [0, 0] && abs(half[1][1] - 1.0 / 12) < 1e-7)
    let flat = try Objective(from: Tensor([1, 1])) { x in square(x[0] + x[1]) }
    #expect(throws: ChainRuleError.self) { try flat.covariance(at: flat.minimize()) }
  }

  @Test func anInfiniteStartIsReported() throws {
    let objective = try Objective(from: Tensor([0])) { log($0).sum() }
    #expect(throws: ChainRuleError.self) { try objective.minimize() }
  }
}
