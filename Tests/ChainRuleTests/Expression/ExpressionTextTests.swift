import Testing

import ChainRule
@testable import ChainRuleExpression

@Suite("Texts, borders, random numbers and relatives in formulas")
struct ExpressionTextTests {
  static let results: [(String, [Int], [Double])] = [
    ("einsum(\"ij,j->i\", W, v)", [2], [14, 32]), ("einsum(\"ij->j\", W)", [3], [5, 7, 9]),
    ("einsum(“ij,kj->ik”, W, W)", [2, 2], [14, 32, 32, 77]), ("einsum(\"...i,i->...\", W, v)", [2], [14, 32]),
    ("padded(v, before: 2, after: 1, mode: reflect)", [6], [3, 2, 1, 2, 3, 2]),
    ("padded(v, before: 1, after: 2, mode: symmetric)", [6], [1, 1, 2, 3, 3, 2]),
    ("padded(v, before: 1, after: 1, mode: edge)", [5], [1, 1, 2, 3, 3]),
    ("padded(v, before: 1, after: 1, mode: \"wrap\")", [5], [3, 1, 2, 3, 1]),
    ("padded(W, before: 1, mode: edge)[0]", [4], [1, 1, 2, 3]), ("W[..., 0]", [2], [1, 4]),
    ("W[..., 1:]", [2, 2], [2, 3, 5, 6]),
    ("W[1, ...]", [3], [4, 5, 6]), ("W[…, ::-1][0]", [3], [3, 2, 1]),
    // SplitMix64 over seed, counter and position, by a few lines of Python.
    ("randomUniform([3], seed: 1)", [3], [0.4793099186055877, 0.7497482413580301, 0.37239342287916577]),
    ("uniform(2, seed: 7, counter: 2.5)", [2], [0.06281387741062117, 0.600851638679869]),
    ("randomNormal([2], seed: 1)", [2], [-0.25519150276841934, 1.3232775876636698]),
    ("sum(randomPermutation(5, seed: 1))", [], [10]), ("sum(randomBernoulli(1, shape: [4], seed: 1))", [], [4]),
    ("randomCategorical([[-1e9, 0], [0, -1e9]], seed: 1)", [2], [1, 0]), ("randomExponential(inf, seed: 1)", [], [0]),
    ("sum(randomDirichlet([1, 2, 3], seed: 1))", [], [1]), ("randomPoisson(0, seed: 1)", [], [0]),
    ("round(randomBeta(1e9, 1e9, seed: 1) * 100)", [], [50]), ("round(randomGamma(1e12, seed: 1) / 1e12)", [], [1]),
    ("randomGumbel([1], seed: 1) + log(-log(1 - randomUniform([1], seed: 1)))", [1], [0]),
    // scipy.stats
    ("logisticLogDensity(1, 0, 2)", [], [-2.1413011489201588]),
    ("gumbelLogDensity(1, 0, 2)", [], [-1.7996778402725786]),
    ("weibullLogDensity(1, 2, 3)", [], [-1.6151885078873853]),
    ("paretoLogDensity(4, 2, 3)", [], [-1.2685113254635072]),
    ("halfNormalLogDensity(1, 2)", [], [-1.0439385332046727]),
    ("halfCauchyLogDensity(1, 2)", [], [-1.3678734371636099]),
    ("inverseGammaLogDensity(1, 2, 3)", [], [-0.8027754226637807]),
    ("chiSquaredLogDensity(1, 3)", [], [-1.4189385332046727]),
    ("fisherLogDensity(1, 3, 4)", [], [-1.0684225264693303]),
    ("generalizedNormalLogDensity(1, 3, 0, 2)", [], [-1.398102719379548]),
    ("kumaraswamyLogDensity(0.5, 2, 3)", [], [0.5232481437645479]),
    ("wrappedCauchyLogDensity(1, 0.5)", [], [-1.7826429563301947]),
    ("truncatedNormalLogDensity(1, 0, 2, -1, inf)", [], [-1.3681392984759615]),
    ("multivariateNormalLogDensity([1, 2], [0, 0], [[2, 1], [1, 2]])", [], [-3.3871832107434]),
    ("geometricLogProbability(3, 0)", [], [-2.0794415416798357]),
    ("negativeBinomialLogProbability(3, 2, 0)", [], [-2.0794415416798353]),
    ("betaBinomialLogProbability(1, 3, 2, 2)", [], [-1.2039728043259355]),
    ("multinomialLogProbability([1, 2], [0, 0])", [], [-0.9808292530117262]),
    ("choleskySolve([[2, 0], [1, 1]], [6, 4])", [2], [1, 1]),
    ("symmetricPart([[1, 2], [4, 5]])", [2, 2], [1, 3, 3, 5]),
    ("conditionNumber([[0, 2], [-6, 0]])", [], [3]), ("cross([1, 0, 0], [0, 1, 0])", [3], [0, 0, 1]),
    ("cross(v, [1, 1, 2])", [3], [1, 1, -1]), ("squaredDistances(W, [[1, 2, 3]])", [2, 1], [0, 27]),
    ("toeplitz([1, 2, 3], [9, 4])", [3, 2], [1, 4, 2, 1, 3, 2]), ("trapezoid(v, [0, 1, 3])", [], [6.5]),
    ("blockDiagonal([[1, 2]], [[3]])", [2, 3], [1, 2, 0, 0, 0, 3]),
    ("covariance([[1, 2], [3, 8]])", [2, 2], [2, 6, 6, 18]),
  ]

  @Test(arguments: results) func everyFunction(source: String, shape: [Int], expected: [Double]) throws {
    let value = try Expression(source).record(in: Graph(), values: ExpressionRecordTests.values).value()
    #expect(value.shape.dimensions == shape)
    for (got, want) in zip(value.scalars, expected) { #expect(abs(got - want) < 1e-12 * max(1, abs(want)), "\(value)") }
    #expect(value.count == expected.count)
  }

  /// The same formula has the same numbers in every graph, program and precision of its computation.
  @Test func seededNumbersAreTheSameInAProgram() throws {
    let graph = Graph(), x = graph.input("x", 2)
    let y = try Expression("x * randomNormal([4], seed: 3)").record(in: graph, inputs: ["x": x])
    let program = try graph.compile(inputs: [x], outputs: [y])
    let runs = try (0..<2).map { _ in try program.run([2])[0].scalars }
    #expect(try runs[0] == runs[1] && runs[0] == y.value().scalars)
  }
}
