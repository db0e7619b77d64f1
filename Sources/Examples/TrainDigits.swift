import ChainRuleLearning

struct Classifier: Model {
  var hidden = Dense(64, 32, activation: { relu($0) })
  var output = Dense(32, 10)
  func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
}

func trainDigits() throws {
  let digits = try Digits.bundled()
  let training = try Training(Classifier(), loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01))
  let history = try training.run(on: digits.training, validatingOn: digits.test, epochs: 20, batchSize: 32)
  print("validation accuracy", history.last?.validationAccuracy ?? .nan)
}
