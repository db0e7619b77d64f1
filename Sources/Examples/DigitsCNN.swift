import ChainRuleLearning

/// Two convolutions, each followed by pooling, and one dense layer; images are `[batch, 1, 8, 8]`.
struct DigitsNetwork: Model {
  var first = Conv2D(1, 16, kernel: [3], padding: [1], activation: { relu($0) })
  var second = Conv2D(16, 32, kernel: [3], padding: [1], activation: { relu($0) })
  var pool = MaxPool2D([2])
  var dropout = Dropout(0.25)
  var output = Dense(32 * 2 * 2, 10)
  func callAsFunction(_ x: Node) -> Node { output(dropout(Flatten()(pool(second(pool(first(x))))))) }
}

func digitsCNN() throws {
  let digits = try Digits.bundled()
  let images = try digits.training.reshapingInputs(to: [1, 8, 8]),
    test = try digits.test.reshapingInputs(to: [1, 8, 8])
  let epochs = 20, batchSize = 32
  let steps = epochs * ((images.count + batchSize - 1) / batchSize)
  let accuracies = try (1...5).map { (seed: UInt64) in
    let training = try Training(
      withSeed(seed) { DigitsNetwork() }, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.004), seed: seed,
      schedule: CosineAnnealing(over: steps))
    try training.run(on: images, epochs: epochs, batchSize: batchSize)
    let accuracy = try training.evaluate(on: test).metrics["accuracy"] ?? .nan
    print("seed \(seed): accuracy", accuracy)
    return accuracy
  }
  print("median", accuracies.sorted()[2])
}
