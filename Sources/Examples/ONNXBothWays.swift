import ChainRuleLearning
import ChainRuleONNX
import Foundation

func onnxBothWays() throws {
  let path = FileManager.default.temporaryDirectory.path + "/chainrule-example.onnx"
  let ours = withSeed(1) { Sequential(Dense(64, 16, activation: { tanh($0) }), Dense(16, 10)) }
  try ours.onnx(inputs: [32, 64]).write(to: path)

  let model = try ONNXModel(contentsOf: path)
  print(model.summary)
  let graph = try Graph(model)
  guard let x = graph.node(named: "x"), let y = graph.node(named: "y") else { return }
  let images = try Digits.bundled().test.examples(at: Array(0..<32)).inputs
  x.assign(images)
  let difference = zip(try y.value().scalars, try ours.predict(images).scalars).map { abs($0 - $1) }.max() ?? .nan
  print("differs by less than 1e-5:", difference < 1e-5)

  // Somebody else's model can be trained further.
  let digits = try Digits.bundled()
  let training = try Training(ImportedModel(model), loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01))
  let history = try training.run(on: digits.training, validatingOn: digits.test, epochs: 10)
  print("validation accuracy", history.last?.validationAccuracy ?? .nan)
}
