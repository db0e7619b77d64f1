import ChainRuleLearning

func softmaxRegression() throws {
  let digits = try Digits.bundled()
  let model = Sequential(Dense(64, 10))
  let training = try Training(model, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1, momentum: 0.9))
  try training.run(on: digits.training, epochs: 15, batchSize: 32)

  let scores = try training.predictions(for: digits.test)
  let confusion = try ConfusionMatrix(scores: scores, targets: digits.test.targets)
  print(model)
  print(confusion)
  print("accuracy", confusion.accuracy)
}
