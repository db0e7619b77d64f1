import ChainRuleLearning
import Testing

private struct Classifier: Model {
  var hidden = Dense(64, 32, activation: relu)
  var output = Dense(32, 10)
  func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
}

@Suite struct DigitsAreLearned {
  @Test func theBundledDigitsAreSplitAsTheirReadmeSays() throws {
    let digits = try Digits.bundled()
    #expect(digits.all.count == 1797)
    #expect(digits.training.inputs.shape == [1442, 64])
    #expect(digits.test.count == 355)
    #expect(digits.all.targets.rows(0..<10).indices == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test func theSampleReachesItsAccuracy() throws {
    #expect(try accuracy(seed: 1) >= 0.97)
  }

  @Test(.enabled(if: isHeavy)) func theMedianOfFiveSeedsReachesItToo() throws {
    let accuracies = try (1...5).map { try accuracy(seed: $0) }
    #expect(accuracies.sorted()[2] >= 0.97, "\(accuracies)")
  }

  @Test func productsOfBfloat16ReachItToo() throws {
    #expect(try accuracy(seed: 1, precision: .bfloat16Products) >= 0.97)
  }

  private func accuracy(seed: UInt64, precision: Graph.Precision = .single) throws -> Double {
    let digits = try Digits.bundled()
    let model = withSeed(seed) { Classifier() }
    let training = try Training(
      model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01), precision: precision, seed: seed)
    let history = try training.run(on: digits.training, validatingOn: digits.test, epochs: 20, batchSize: 32)
    return try #require(history.last?.validationAccuracy)
  }
}
