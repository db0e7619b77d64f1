import Synchronization
import Testing

@testable import ChainRuleLearning
@testable import ChainRuleTraining

private final class Output: Sendable {
  let text = Mutex("")
  func add(_ part: String) { text.withLock { $0 += part } }
}

private final class Clock: Sendable {
  private let time = Mutex(ContinuousClock.now)
  @Sendable func now() -> ContinuousClock.Instant { time.withLock { $0 } }
  func wait(_ seconds: Int) { time.withLock { $0 += .seconds(seconds) } }
}

@Suite struct ProgressText {
  let epoch = History.Epoch(
    number: 2, loss: 0.25, metrics: ["accuracy": 0.9], validationLoss: 0.5, validationMetrics: ["accuracy": 0.875],
    learningRate: 0.1, seconds: 1.25)

  @Test func withoutATerminalItIsOneLineAnEpoch() {
    let output = Output()
    let display = TerminalProgress(.lines, write: output.add)
    display.show(.started(epochs: 10, batches: 4, parameters: 3))
    display.show(.finishedStep(epoch: 2, batch: 1, of: 4, loss: 1))
    display.show(.finishedEpoch(epoch, of: 10))
    #expect(
      output.text.withLock { $0 }
        == "epoch  2/10  loss 0.2500  accuracy 0.9000  | validation loss 0.5000  accuracy 0.8750  | 1.3 s\n")
  }

  @Test func onATerminalABarIsDrawnInPlace() {
    let output = Output()
    let display = TerminalProgress(.bar, write: output.add)
    display.show(.started(epochs: 2, batches: 4, parameters: 3))
    display.show(.finishedStep(epoch: 1, batch: 2, of: 4, loss: 1))
    let text = output.text.withLock { $0 }
    #expect(text.hasPrefix("\r\u{1B}[Kepoch 1/2 [████████████············] loss 1.0000"))
  }

  /// Time passes as the test says.
  @Test func aLongEpochIsNotSilent() {
    let output = Output(), clock = Clock()
    let lines = TerminalProgress(.lines, now: clock.now, write: output.add)
    let life = TerminalProgress(.signsOfLife("fold 1: "), now: clock.now, write: output.add)
    for display in [lines, life] {
      display.show(.started(epochs: 2, batches: 100, parameters: 3))
      clock.wait(4)
      display.show(.finishedStep(epoch: 1, batch: 40, of: 100, loss: 1))
      clock.wait(1)
      display.show(.finishedStep(epoch: 1, batch: 50, of: 100, loss: 0.5))
      clock.wait(4)
      display.show(.finishedStep(epoch: 1, batch: 60, of: 100, loss: 0.5))
    }
    #expect(
      output.text.withLock { $0 }
        == "epoch 1/2, 50 %  loss 0.5000  15 s left\nfold 1: epoch 1/2  loss 0.5000  15 s left\n")
  }

  @Test(arguments: [(0.5, "0.5000"), (-0.00001, "0.0000"), (12.34567, "12.3457"), (-1.5, "-1.5000")])
  func numbersHaveFourDecimals(value: Double, text: String) { #expect(fixed(value, 4) == text) }
}

@Test func aReportIsFilledFromAHistory() throws {
  let examples = try Dataset([[0, 1], [1, 0], [1, 1], [0, 0]], labels: [0, 1, 1, 0])
  let training = try Training(
    withSeed(1) { Sequential(Dense(2, 2)) }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.5),
    monitorsGradients: true)
  let history = try training.run(on: examples, validatingOn: examples, epochs: 3)
  let report = TrainingReport(title: "Four points", history: history)
  #expect(report.loss.map(\.name) == ["training", "validation"])
  #expect(report.loss[0].values == history.map(\.loss))
  #expect(report.gradientNorms.map(\.name) == ["0.bias", "0.weight"])
  #expect(report.results.first?.name == "accuracy")
  #expect(report.html().contains("Four points"))
  let matrix = try ConfusionMatrix(scores: training.predictions(for: examples), targets: examples.targets)
  #expect(TrainingReport.Confusion(matrix).accuracy == matrix.accuracy)
}
