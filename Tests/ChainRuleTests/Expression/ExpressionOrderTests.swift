import Testing

import ChainRule

@Suite("Order, transforms and densities in formulas")
struct ExpressionOrderTests {
  static let results: [(String, [Int], [Double])] = [
    ("sorted([3, 1, 2])", [3], [1, 2, 3]), ("sort(W, axis: 0, descending: true)[0]", [3], [4, 5, 6]),
    ("argsort([3, 1, 2])", [3], [1, 2, 0]), ("topK([3, 1, 2], 2)", [2], [3, 2]), ("argmin(W, axis: 1)", [2], [0, 0]),
    ("median(W)", [2], [2, 5]), ("quantile(v, 0.25)", [], [1.5]), ("quantile(v, x, keepingDimensions: true)", [1], [2]),
    ("searchSorted(v, [0, 2, 9])", [3], [0, 1, 3]), ("searchSorted(v, 2, right: true)", [], [2]),
    ("cumprod(v)", [3], [1, 2, 6]), ("cumulativeProduct(v, reversed: true)", [3], [6, 6, 3]),
    ("cumulativeMaximum([1, 3, 2])", [3], [1, 3, 3]), ("cumulativeMinimum([3, 1, 2])", [3], [3, 1, 1]),
    ("exp(cumulativeLogSumExp(log(v)))", [3], [1, 3, 6]), ("linearRecurrence([9, 2, 2], v)", [3], [1, 4, 11]),
    ("difference([1, 2, 4])", [2], [1, 2]), ("diff([1, 2, 4], times: 2)", [1], [1]), ("rolled(v, 1)", [3], [3, 1, 2]),
    ("repeated(v, 2)", [6], [1, 1, 2, 2, 3, 3]), ("oneHot(i, 3)", [2, 3], [0, 0, 1, 1, 0, 0]),
    ("selected(v, v > 1, count: 3, filling: 9)", [3], [2, 3, 9]), ("segmentSum(v, [1, 0, 1], count: 2)", [2], [2, 4]),
    ("fft([1, 0, 0])", [2, 3], [1, 1, 1, 0, 0, 0]), ("fft([0, 1], [0, 0])[0]", [2], [1, -1]),
    ("inverseFFT([2, 2])[0]", [2], [2, 0]), ("interpolate(1.5, v, v * v)", [], [2.5]),
    ("interp(1.5, [1, 2, 3, 4], [1, 8, 27, 64], cubic: true)", [], [3.375]),
    ("tridiagonalSolve([0, 1], [2, 2], [1, 0], [3, 3])", [2], [1, 1]),
    ("normalLogDensity(1, 0, 1)", [], [-1.4189385332046727]),
    ("logNormalLogDensity(1, 0, 1)", [], [-0.9189385332046727]),
    ("uniformLogDensity([1, 5], 0, 4)", [2], [-1.3862943611198906, -.infinity]),
    ("exponentialLogDensity(3, 2)", [], [-5.306852819440055]),
    ("cauchyLogDensity(0, 0, 1)", [], [-1.1447298858494002]), ("laplaceLogDensity(1, 0, 1)", [], [-1.6931471805599454]),
    ("gammaLogDensity(2, 1, 3)", [], [-4.901387711331891]), ("betaLogDensity(x, 2, 2)", [], [0.4054651081081644]),
    ("dirichletLogDensity([0.25, 0.75], [1, 2])", [], [0.4054651081081644]),
    ("studentTLogDensity(0, 1, 0, 1)", [], [-1.1447298858494002]),
    ("poissonLogProbability(2, 3)", [], [-1.4959226032237258]),
    ("binomialLogProbability(1, 2, 0)", [], [-0.6931471805599453]),
    ("vonMisesLogDensity(1, 0, 0)", [], [-1.8378770664093453]),
    ("bernoulliLogProbability(1, 0)", [], [-0.6931471805599453]),
    ("categoricalLogProbability(i, [[0, 0, 0], [0, 0, 0]])", [2], [-1.0986122886681098, -1.0986122886681098]),
  ]

  @Test(arguments: results) func everyFunction(source: String, shape: [Int], expected: [Double]) throws {
    let value = try Expression(source).record(in: Graph(), values: ExpressionRecordTests.values).value()
    #expect(value.shape.dimensions == shape)
    for (got, want) in zip(value.scalars, expected) { #expect(got == want || abs(got - want) < 1e-12, "\(value)") }
    #expect(value.count == expected.count)
  }

  @Test func mistakesAreSentences() throws {
    func message(_ source: String) -> String {
      do {
        return "\(try Expression(source).record(in: Graph(), values: ExpressionRecordTests.values).value())"
      } catch { return "\(error)" }
    }
    #expect(message("topK(v, 0.5)").contains("topK takes whole numbers"))
    #expect(message("topK(v, 4)").contains("a k from 1 to the axis' length 3"))
    #expect(message("selected(v, v > 1)").contains("selected needs 'count'"))
    #expect(message("quantile(v, 2)").contains("a q from 0 to 1"))
    #expect(message("rolled(v, [1, 2])").contains("one whole number"))
  }
}
