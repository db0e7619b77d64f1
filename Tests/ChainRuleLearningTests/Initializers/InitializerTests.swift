import ChainRuleLearning
import Testing

@Suite struct Initializers {
  private func moments(_ initializer: Initializer) -> (mean: Double, deviation: Double, largest: Double) {
    let values = initializer([100, 200], fanIn: 100, fanOut: 200, seed: 1).scalars
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
    return (mean, variance.squareRoot(), values.map { abs($0) }.max() ?? 0)
  }

  static let variances: [(initializer: Initializer, variance: Double)] = [
    (.xavierUniform, 0.02 / 3), (.xavierNormal, 0.02 / 3), (.heUniform, 0.02), (.heNormal, 0.02),
    (.uniform(-0.6, 0.6), 0.12), (.normal(deviation: 0.5), 0.25),
  ]

  @Test(arguments: variances)
  func haveTheVarianceOfTheirFormula(initializer: Initializer, variance: Double) {
    let found = moments(initializer)
    #expect(abs(found.mean) < 0.02 * variance.squareRoot() + 0.01)
    #expect(abs(found.deviation / variance.squareRoot() - 1) < 0.02, "\(initializer.name)")
  }

  @Test func uniformOnesStayWithinTheirBound() {
    #expect(moments(.xavierUniform).largest <= (6.0 / 300).squareRoot())
    #expect(moments(.truncatedNormal(deviation: 2)).largest <= 4)
  }

  @Test(arguments: [[3, 7], [7, 3], [4, 4], [3, 2, 2]])
  func orthogonalRowsOrColumnsAreOrthonormal(shape: [Int]) throws {
    let tensor = Initializer.orthogonal()(Shape(shape), fanIn: 1, fanOut: 1, seed: 5)
    let columns = tensor.count / shape[0]
    let graph = Graph()
    let w = graph.constant(tensor.reshaped(to: [shape[0], columns]))
    let product = shape[0] <= columns ? w.matmul(w.transposed()) : w.transposed().matmul(w)
    let values = try product.value(), n = Swift.min(shape[0], columns)
    for place in 0..<n * n {
      #expect(abs(values.scalars[place] - (place / n == place % n ? 1 : 0)) < 1e-12)
    }
  }

  @Test func equalSeedsGiveEqualNumbers() {
    func draw(_ seed: UInt64) -> Tensor { Initializer.heNormal([3, 3], fanIn: 3, fanOut: 3, seed: seed) }
    #expect(draw(1) == draw(1))
    #expect(draw(1) != draw(2))
  }
}
