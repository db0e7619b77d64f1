import Synchronization
import Testing

@testable import ChainRuleLearning

private final class Output: Sendable {
  let text = Mutex("")
  func add(_ part: String) { text.withLock { $0 += part } }
}

@Suite struct ProgressText {
  let epoch = History.Epoch(
    number: 2, loss: 0.25, metrics: ["accuracy": 0.9], validationLoss: 0.5, validationMetrics: ["accuracy": 0.875],
    learningRate: 0.1, seconds: 1.25)

  @Test func withoutATerminalItIsOneLineAnEpoch() {
    let output = Output()
    let display = TerminalProgress(isTerminal: false, write: output.add)
    display.show(.started(epochs: 10, batches: 4, parameters: 3))
    display.show(.finishedStep(epoch: 2, batch: 1, of: 4, loss: 1))
    display.show(.finishedEpoch(epoch, of: 10))
    #expect(
      output.text.withLock { $0 }
        == "epoch  2/10  loss 0.2500  accuracy 0.9000  | validation loss 0.5000  accuracy 0.8750  | 1.3 s\n")
  }

  @Test func onATerminalABarIsDrawnInPlace() {
    let output = Output()
    let display = TerminalProgress(isTerminal: true, write: output.add)
    display.show(.started(epochs: 2, batches: 4, parameters: 3))
    display.show(.finishedStep(epoch: 1, batch: 2, of: 4, loss: 1))
    let text = output.text.withLock { $0 }
    #expect(text.hasPrefix("\r\u{1B}[Kepoch 1/2 [████████████············] loss 1.0000"))
  }

  @Test(arguments: [(0.5, "0.5000"), (-0.00001, "0.0000"), (12.34567, "12.3457"), (-1.5, "-1.5000")])
  func numbersHaveFourDecimals(value: Double, text: String) { #expect(fixed(value, 4) == text) }
}
