import ChainRuleLearning

func multiLabel() throws {
  // Three questions about a point, each yes or no: above the axis? right of it? inside the unit circle?
  var numbers = RandomNumbers(seed: 1)
  let points = (0..<600).map { _ in [3 * numbers.uniform() - 1.5, 3 * numbers.uniform() - 1.5] }
  let answers = points.map { p in
    [p[1] > 0, p[0] > 0, p[0] * p[0] + p[1] * p[1] < 1].map { $0 ? 1.0 : 0.0 }
  }
  let parts = try Dataset(points, values: answers).split([0.8, 0.2], seed: 1)

  let model = withSeed(1) {
    Sequential {
      Dense(2, 32, activation: { tanh($0) })
      Dense(32, 3)
    }
  }
  let training = try Training(
    model, loss: sigmoidCrossEntropy, optimizer: Adam(learningRate: 0.02), metrics: [.labelAccuracy])
  let history = try training.run(on: parts[0], validatingOn: parts[1], epochs: 60)
  print("label accuracy", history.last?.validationMetrics["label_accuracy"] ?? .nan)
  print(try model.predict([[0.2, 0.3], [-1.2, -1.1]]).map { $0 > 0 ? 1 : 0 })
}
