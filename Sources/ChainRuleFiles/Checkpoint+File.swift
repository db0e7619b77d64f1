import ChainRule
import ChainRuleLearning
import Foundation

extension Checkpoint {
  /// Writes everything into one safetensors file: parameters as `model/…`, the optimizer's memory as `optimizer/…`,
  /// counters and history as text. Whenever the process is killed, the file is the last complete one.
  public func write(to path: String) throws {
    let entries =
      model.entries.map { ("model/\($0.path)", $0.value) }
      + optimizer.entries.map { ("optimizer/\($0.path)", $0.value) }
    let progress = Progress(
      history: history, completedEpochs: completedEpochs, completedSteps: completedSteps, stepsInEpoch: stepsInEpoch,
      totals: totals, seed: seed)
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let text = String(decoding: try encoder.encode(progress), as: UTF8.self)
    try Safetensors.write(ModelState(entries), metadata: ["chainrule.progress": text], to: path)
  }

  /// Reads what `write(to:)` wrote.
  public init(contentsOf path: String) throws {
    let file = try Safetensors.read(path)
    guard let text = file.metadata["chainrule.progress"] else {
      throw FileError(path, "is no checkpoint: it has no progress beside its tensors")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let progress = try? decoder.decode(Progress.self, from: Data(text.utf8)) else {
      throw FileError(path, "is a checkpoint whose progress cannot be read")
    }
    func part(_ prefix: String) -> ModelState {
      ModelState(
        file.state.entries.filter { $0.path.hasPrefix(prefix) }.map {
          (String($0.path.dropFirst(prefix.count)), $0.value)
        })
    }
    self.init(
      model: part("model/"), optimizer: part("optimizer/"), history: progress.history,
      completedEpochs: progress.completedEpochs, completedSteps: progress.completedSteps,
      stepsInEpoch: progress.stepsInEpoch, totals: progress.totals, seed: progress.seed)
  }

  private struct Progress: Codable {
    let history: History
    let completedEpochs: Int, completedSteps: Int, stepsInEpoch: Int
    let totals: Totals
    let seed: UInt64
  }
}

/// Writes checkpoints while training goes on: every so many steps, after each epoch, and at the end, Ctrl-C included.
public final class CheckpointWriter: Callback {
  public let path: String
  public let everySteps: Int?

  public init(to path: String, everySteps: Int? = nil) { (self.path, self.everySteps) = (path, everySteps) }

  public func stepEnded(_ session: any TrainingSession, loss: Double) throws {
    if let everySteps, everySteps > 0, session.completedSteps % everySteps == 0 {
      try session.checkpoint().write(to: path)
    }
  }
  public func epochEnded(_ session: any TrainingSession) throws { try session.checkpoint().write(to: path) }
  public func trainingEnded(_ session: any TrainingSession) throws { try session.checkpoint().write(to: path) }
}
