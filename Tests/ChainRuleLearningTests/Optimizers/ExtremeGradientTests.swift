import ChainRuleLearning
import Testing

/// Gradients whose squares leave the range of the precision, and statistics of such batches.
@Suite struct ExtremeGradients {
  private struct Weights: Model {
    let w = Parameter(Tensor([1, 1]), name: "w")
    func callAsFunction(_ x: Node) -> Node { x.graph.parameter(w) }
  }

  /// Σ w · slope, whose gradient is the slope.
  private func slope(_ values: [Double]) throws -> Dataset {
    try Dataset(inputs: Tensor(shape: [1, 1], [0]), targets: Tensor(shape: [1, 2], values))
  }

  /// Steps that do not depend on the gradient's size: after n equal ones, −η n (Adam, NAdam as by PyTorch, AdaMax),
  /// −η Σ 1/√k (AdaGrad), −η Σ 1/√(1 − 0.99ᵏ) (RMSProp).
  @Test(arguments: [1e20, 1e30, 1e150, 1e200], [Graph.Precision.single, .double])
  func rulesThatDivideByTheRootOfSquaresStillMove(size: Double, precision: Graph.Precision) throws {
    guard precision == .double || size < 1e38 else { return }
    var (roots, forgetting, power) = (0.0, 0.0, 1.0)
    for step in 1...5 {
      power *= 0.99
      roots += 1 / Double(step).squareRoot()
      forgetting += 1 / (1 - power).squareRoot()
    }
    let rules: [(any Optimizer, Double)] = [
      (Adam(learningRate: 0.1), 0.5), (Adam(learningRate: 0.1, isAMSGrad: true), 0.5), (AdaMax(learningRate: 0.1), 0.5),
      (AdaGrad(learningRate: 0.1), 0.1 * roots), (RMSProp(learningRate: 0.1), 0.1 * forgetting),
      (AdamW(learningRate: 0.1, weightDecay: 0), 0.5),
    ]
    for (rule, distance) in rules {
      let model = Weights()
      let training = try Training(
        model, loss: { ($0 * $1).sum() }, optimizer: rule, precision: precision)
      _ = try training.run(on: slope([size, -size]), epochs: 5)
      for (found, expected) in zip(model.w.value.scalars, [1 - distance, 1 + distance]) {
        #expect(abs(found - expected) < 1e-5, "\(type(of: rule))")
      }
      // Ordinary gradients later move it too.
      let before = model.w.value.scalars
      _ = try training.run(on: slope([1, -1]), epochs: 5)
      if !(rule is AdaGrad), !(rule is RMSProp) { #expect(model.w.value.scalars != before, "\(type(of: rule))") }
    }
  }

  /// What is infinite is no direction: the loss that follows is refused.
  @Test func anInfiniteGradientIsNotTakenForALargeOne() throws {
    let model = Weights()
    let training = try Training(
      model, loss: { sqrt($0 - $0.stoppingGradient()).sum() + 0 * $1.sum() }, optimizer: Adam(learningRate: 0.1))
    #expect(throws: ChainRuleError.self) { try training.run(on: slope([1, 1]), epochs: 3) }
  }

  private struct Normalized: Model {
    let layer = BatchNorm(1)
    func callAsFunction(_ x: Node) -> Node { layer(x) }
  }

  /// Deviations ±d have the unbiased variance 2d², of which the running one takes a tenth: finite wherever that is.
  @Test(
    arguments: [
      (3e19, 1.8e38, Graph.Precision.single), (1e18, 2e35, .single), (1e20, 3.4028234663852886e38, .single),
      (1e25, 3.4028234663852886e38, .single), (2e154, 8e307, .double), (1e200, 1.7976931348623157e308, .double),
    ])
  func aRunningVarianceStaysFinite(deviation: Double, expected: Double, precision: Graph.Precision) throws {
    let model = Normalized()
    let training = try Training(
      model, loss: { ($0 * $1).sum() }, optimizer: SGD(learningRate: 0), precision: precision)
    func batch(_ d: Double) throws -> Dataset {
      try Dataset(inputs: Tensor(shape: [2, 1], [d, -d]), targets: Tensor(shape: [2, 1], [1, 2]))
    }
    _ = try training.run(on: batch(deviation), epochs: 1)
    #expect(abs(model.layer.runningVariance.value.scalars[0] / expected - 1) < 1e-5)
    // It comes down again by a tenth of itself with each ordinary batch.
    _ = try training.run(on: batch(1), epochs: 1)
    #expect(abs(model.layer.runningVariance.value.scalars[0] / expected - 0.9) < 1e-5)
  }
}
