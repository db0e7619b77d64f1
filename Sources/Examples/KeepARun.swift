import ChainRuleFiles
import ChainRuleLearning
import Foundation

func keepARun() throws {
  let digits = try Digits.bundled()
  let folder = FileManager.default.temporaryDirectory.path
  let path = "\(folder)/chainrule-example.safetensors", weights = "\(folder)/chainrule-weights.safetensors"

  func training() throws -> Training<Sequential> {
    try Training(
      withSeed(1) { Sequential(Dense(64, 32, activation: { relu($0) }), Dense(32, 10)) }, loss: softmaxCrossEntropy,
      optimizer: AdamW(learningRate: 0.01, weightDecay: 0.01), seed: 1,
      schedule: Warmup(over: 20, then: CosineAnnealing(over: 430)), clipping: .globalNorm(1))
  }
  let whole = try training()
  try whole.run(on: digits.training, validatingOn: digits.test, epochs: 10)

  // The same in two halves, the second from a file: nothing but the file survives between them.
  let callbacks: [any Callback] = [CheckpointWriter(to: path, everySteps: 100), EarlyStopping(patience: 8)]
  try training().run(on: digits.training, validatingOn: digits.test, epochs: 5, callbacks: callbacks)
  let resumed = try training()
  try resumed.resume(from: Checkpoint(contentsOf: path))
  try resumed.run(on: digits.training, validatingOn: digits.test, epochs: 5)
  print("equal, bit for bit:", resumed.modelState == whole.modelState)

  try Safetensors.write(resumed.model.state, metadata: ["trained on": "digits"], to: weights)
  let twin = Sequential(Dense(64, 32, activation: { relu($0) }), Dense(32, 10))
  try twin.restore(Safetensors.read(weights).state)
  print(try twin.differences(from: whole.model).map(\.largest))
  do { try Sequential(Dense(64, 10)).restore(Safetensors.read(weights).state) } catch { print(error) }
}
