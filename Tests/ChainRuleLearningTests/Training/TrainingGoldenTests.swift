import ChainRuleLearning
import Testing

/// logits = x · W + b
private struct SoftmaxRegression: Model {
  let layer: Dense
  func callAsFunction(_ x: Node) -> Node { layer(x) }
}

/// logits = relu(x · W₁ + b₁) · W₂ + b₂
private struct Network: Model {
  let hidden: Dense, output: Dense
  func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
}

/// Whole training runs on 500 digits beside those of PyTorch: the loss of every step.
@Suite struct TrainingAgreesWithPyTorch {
  static let file = Golden.file("training")

  @Test(arguments: file["cases"].array.map(GoldenCase.init))
  func everyLossAgrees(golden: GoldenCase) throws {
    let problem = Self.file["problem"]
    let rows = try #require(problem["rows"].int)
    let examples = try Digits.bundled().all.examples(at: Array(0..<rows))
    let order = problem["batch_order"].array.map(\.ints)
    let initial = problem["initial"][golden.json["model"].string ?? ""]
    func dense(_ weight: String, _ bias: String, activation: (@Sendable (Node) -> Node)? = nil) throws -> Dense {
      let weight = try #require(GoldenArray(initial[weight])), bias = try #require(GoldenArray(initial[bias]))
      return Dense(weight: weight.transposedTensor, bias: bias.tensor, activation: activation)
    }
    let losses = try run(
      golden, examples, order, epochs: problem["epochs"].int ?? 0, batchSize: problem["batch"].int ?? 0, dense)
    let expected = golden.json["loss"].scalars
    #expect(losses.count == expected.count)
    for (step, (got, want)) in zip(losses, expected).enumerated() {
      #expect(abs(got - want) <= 1e-8 * want, "\(golden.name), step \(step)")
    }
  }

  private func run(
    _ golden: GoldenCase, _ examples: Dataset, _ order: [[Int]], epochs: Int, batchSize: Int,
    _ dense: (String, String, (@Sendable (Node) -> Node)?) throws -> Dense
  ) throws -> [Double] {
    func train(_ model: some Model) throws -> [Double] {
      let training = try Training(
        model, loss: softmaxCrossEntropy, optimizer: try #require(golden.optimizer), precision: .double)
      try training.run(
        on: examples, epochs: epochs, batchSize: batchSize, order: .custom { epoch, _ in order[epoch] })
      let (loss, metrics) = try training.evaluate(on: examples)
      let expected = try #require(golden.json["final_loss_all_rows"].double)
      #expect(abs(loss - expected) <= 1e-8 * expected)
      let correct = try #require(golden.json["final_correct_all_rows"].double)
      #expect(abs((metrics["accuracy"] ?? 0) * Double(examples.count) - correct) < 1e-6)
      return training.history.stepLosses
    }
    if golden.json["model"].string == "mlp" {
      return try train(Network(hidden: dense("W1", "b1", relu), output: dense("W2", "b2", nil)))
    }
    return try train(SoftmaxRegression(layer: dense("W", "b", nil)))
  }
}
