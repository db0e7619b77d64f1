import ChainRuleLearning

func reducedPrecision() throws {
  let digits = try Digits.bundled()
  let model = withSeed(1) { Sequential(Dense(64, 128, activation: { relu($0) }), Dense(128, 10)) }
  let training = try Training(
    model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.005), precision: .bfloat16Products)
  try training.run(on: digits.training, epochs: 20, batchSize: 32)

  func accuracy(_ scores: Tensor) -> Double {
    let hits = zip(scores.argmax(axis: -1).indices, digits.test.targets.indices).filter { $0 == $1 }
    return Double(hits.count) / Double(digits.test.count)
  }
  let inputs = digits.test.inputs
  print("as trained:", accuracy(try model.predict(inputs, precision: .bfloat16Products)) > 0.97)
  print("in double precision:", accuracy(try model.predict(inputs, precision: .double)) > 0.97)
  print("weights of 8 bits:", accuracy(try model.predict(inputs, weights: .int8)) > 0.97)
}
