import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

private struct Net: Model {
  var first = Dense(64, 12, activation: relu)
  var norm = BatchNorm(12)
  var drop = Dropout(0.1)
  var last = Dense(12, 10)
  func callAsFunction(_ x: Node) -> Node { last(drop(norm(first(x)))) }
}

private final class StopAfter: Callback {
  let steps: Int
  init(_ steps: Int) { self.steps = steps }
  func stepEnded(_ session: any TrainingSession, loss: Double) throws {
    if session.completedSteps == steps { session.stop(because: "test") }
  }
}

@Suite struct CheckpointFiles {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func training() throws -> Training<Net> {
    try Training(withSeed(1) { Net() }, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01), seed: 9)
  }

  @Test func aRunThatIsResumedFromAFileGoesOnBitForBit() throws {
    let digits = try Digits.bundled()
    let examples = try digits.training.split([0.1], seed: 1)[0]
    let whole = try training()
    try whole.run(on: examples, validatingOn: digits.test, epochs: 3, batchSize: 32)

    let path = scratch.file("run.safetensors")
    let first = try training()
    try first.run(
      on: examples, validatingOn: digits.test, epochs: 3, batchSize: 32,
      callbacks: [EarlyStopping(), CheckpointWriter(to: path, everySteps: 2), StopAfter(7)])
    let saved = try Checkpoint(contentsOf: path)
    #expect(saved == first.checkpoint())
    #expect(saved.completedSteps == 7)
    #expect(saved.remembered["EarlyStopping"]?.paths == Net().state.paths)

    let second = try training()
    try second.resume(from: saved)
    try second.run(on: examples, validatingOn: digits.test, epochs: 2, batchSize: 32)
    #expect(second.modelState == whole.modelState)
    #expect(second.history.stepLosses == whole.history.stepLosses)
    #expect(second.history.last?.validationLoss == whole.history.last?.validationLoss)
  }

  @Test func anotherModelOrSeedIsRefused() throws {
    let path = scratch.file("run.safetensors")
    try training().checkpoint().write(to: path)
    let saved = try Checkpoint(contentsOf: path)
    let other = try Training(
      Sequential(Dense(64, 10)), loss: softmaxCrossEntropy, optimizer: Adam(), seed: 9)
    #expect(message { try other.resume(from: saved) }.contains("missing: 0.weight, 0.bias"))
    let reseeded = try Training(withSeed(1) { Net() }, loss: softmaxCrossEntropy, optimizer: Adam(), seed: 8)
    #expect(message { try reseeded.resume(from: saved) }.contains("seed 9"))
    try Safetensors.write(Net().state, to: path)
    #expect(message { _ = try Checkpoint(contentsOf: path) }.contains("is no checkpoint"))
  }

  @Test(arguments: [
    ("\"completedEpochs\":0", "\"completedEpochs\":-1"), ("\"completedEpochs\":0", "\"completedEpochs\":3"),
    ("\"stepsInEpoch\":0", "\"stepsInEpoch\":-5"), ("\"completedSteps\":0", "\"completedSteps\":9223372036854775807"),
    ("\"seed\":9", "\"seed\":-9"), ("\"epochs\":[]", "\"epochs\":{}"),
  ])
  func countersThatNoRunHasAreRefused(before: String, after: String) throws {
    let path = scratch.file("run.safetensors")
    try training().checkpoint().write(to: path)
    var file = try Safetensors.read(path)
    let text = try #require(file.metadata["chainrule.progress"])
    file.metadata["chainrule.progress"] = text.replacing(before, with: after)
    #expect(file.metadata["chainrule.progress"] != text)
    try file.write(to: path)
    #expect(message { _ = try Checkpoint(contentsOf: path) }.contains("progress cannot be read"))
  }

  @Test func aFailedWriteLeavesTheOldFile() throws {
    let path = try scratch.write("a", "old")
    #expect(throws: FileError.self) { try writeAtomically([1, 2, 3], to: scratch.file("none/a")) }
    try writeAtomically(Array("new".utf8), to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["a"])
  }
}
