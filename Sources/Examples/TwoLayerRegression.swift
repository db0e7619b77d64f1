import ChainRuleLearning

/// The lectures' network: two inputs, two hidden units, two outputs, all with the logistic function.
struct TwoLayers: Model {
  let hidden = Dense(weight: [[0.15, 0.25], [0.2, 0.3]], bias: [0.35, 0.35], activation: { sigmoid($0) })
  let output = Dense(weight: [[0.4, 0.5], [0.45, 0.55]], bias: [0.6, 0.6], activation: { sigmoid($0) })
  func callAsFunction(_ x: Node) -> Node { output(hidden(x)) }
}

func twoLayerRegression() throws {
  let model = TwoLayers()
  for layer in ["hidden", "output"] { try model.freeze("\(layer).bias") }  // the lectures train the weights alone
  let example = try Dataset(inputs: [[0.05, 0.1]], targets: [[0.01, 0.99]])
  let training = try Training(
    model, loss: { 0.5 * squaredError($0, $1, reduction: .sum) }, optimizer: SGD(learningRate: 0.5),
    precision: .double)
  try training.run(on: example, epochs: 1)
  print("error", training.history.stepLosses[0])
  print("w5 after one step", model.output.weight.value[0, 0])
  try training.run(on: example, epochs: 9_999)
  print("error after 10,000 steps", try training.evaluate(on: example).loss)
}
