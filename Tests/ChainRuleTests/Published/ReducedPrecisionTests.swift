import ChainRuleLearning
import Testing

@testable import Examples

/// What reduced precision costs in accuracy, on the models of the examples.
@Suite("Reduced precision") struct ReducedPrecisionTests {
  private struct Outcome {
    var name: String, loss: Double, metric: Double
  }

  /// A model trained from one start in either precision, and the first with weights of 8 bits.
  private func outcomes<M: Model>(
    _ make: () -> M, on data: Dataset, testing test: Dataset, metric: Metric, epochs: Int, rate: Double
  ) throws -> [Outcome] {
    try [Graph.Precision.single, .bfloat16Products].flatMap { precision -> [Outcome] in
      let model = withSeed(1) { make() }
      let training = try Training(
        model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: rate), precision: precision, seed: 1,
        clipping: .globalNorm(1), metrics: [metric])
      try training.run(on: data, epochs: epochs, batchSize: 32)
      let found = try training.evaluate(on: test)
      let trained = Outcome(name: "\(precision)", loss: found.loss, metric: found.metrics[metric.name] ?? .nan)
      guard precision == .single else { return [trained] }
      let scores = try model.predict(test.inputs, weights: .int8)
      let graph = Graph(.double)
      let loss = try softmaxCrossEntropy(graph.constant(scores), graph.constant(test.targets)).scalar()
      let hits = zip(scores.argmax(axis: -1).indices, test.targets.indices).filter { $0 == $1 }.count
      let share = Double(hits) / Double(test.targets.shape.elementCount)
      return [trained, Outcome(name: "int8", loss: loss, metric: share)]
    }
  }

  private func compare(_ name: String, _ outcomes: [Outcome]) {
    for outcome in outcomes {
      print("\(name), \(outcome.name): loss \(outcome.loss), accuracy \(outcome.metric)")
      #expect(outcome.metric >= outcomes[0].metric - 0.01, "\(name), \(outcome.name): \(outcome.metric)")
    }
  }

  @Test(.enabled(if: isHeavy)) func digits() throws {
    let digits = try Digits.bundled()
    compare(
      "digits",
      try outcomes(
        { Sequential(Dense(64, 128, activation: { relu($0) }), Dense(128, 10)) }, on: digits.training,
        testing: digits.test, metric: .accuracy, epochs: 20, rate: 0.005))
    let shape: Shape = [1, 8, 8]
    compare(
      "cnn",
      try outcomes(
        { DigitsNetwork() }, on: digits.training.reshapingInputs(to: shape),
        testing: digits.test.reshapingInputs(to: shape), metric: .accuracy, epochs: 8, rate: 0.004))
  }

  @Test(.enabled(if: isHeavy), arguments: ["lstm", "transformer"]) func characters(kind: String) throws {
    let alphabet = Set(sonnet).sorted(), length = 24
    let numbers = sonnet.map { alphabet.firstIndex(of: $0) ?? 0 }
    let starts = Array(stride(from: 0, to: numbers.count - length, by: 4))
    func windows(_ offset: Int) -> Tensor {
      Tensor(indices: starts.flatMap { numbers[$0 + offset..<$0 + offset + length] }, shape: [starts.count, length])
    }
    let data = try Dataset(inputs: windows(0), targets: windows(1))
    compare(
      kind,
      try outcomes(
        { characterModel(kind, characters: alphabet.count) }, on: data, testing: data, metric: .accuracy, epochs: 25,
        rate: 0.01))
  }
}
