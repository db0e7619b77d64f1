import ChainRuleCore
import ChainRuleTraining
import Foundation

extension Checkpoint {
  /// Writes everything into one safetensors file: parameters as `model/…`, the optimizer's memory as `optimizer/…`,
  /// the loss of each step as `history/step_losses`, counters and epochs as text. Whenever the process is killed, the
  /// file is the last complete one.
  ///
  /// - Parameter metadata: text to be kept with it, under keys of one's own.
  /// - Throws: a `FileError` when the file cannot be written.
  public func write(to path: String, metadata: [String: String] = [:]) throws {
    let entries =
      model.entries.map { ("model/\($0.path)", $0.value) }
      + optimizer.entries.map { ("optimizer/\($0.path)", $0.value) }
      + remembered.sorted { $0.key < $1.key }.flatMap { name, state in
        state.entries.map { ("remembered/\(name)/\($0.path)", $0.value) }
      }
      + [(Self.stepLossesPath, Tensor(shape: [history.stepLosses.count], history.stepLosses))]
    var epochs = history
    epochs.stepLosses = []
    let progress = Progress(
      history: epochs, completedEpochs: completedEpochs, completedSteps: completedSteps, stepsInEpoch: stepsInEpoch,
      totals: totals, seed: seed, remembered: remembered.keys.sorted())
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let text = String(decoding: try encoder.encode(progress), as: UTF8.self)
    try Safetensors.write(
      ModelState(entries), metadata: metadata.merging([Self.progressKey: text]) { $1 }, to: path)
  }

  private static let progressKey = "chainrule.progress"
  /// As numbers, not as text, so that a checkpoint of a long run is written as fast as one of a short run.
  private static let stepLossesPath = "history/step_losses"

  /// Reads what `write(to:metadata:)` wrote.
  /// - Throws: a `FileError` for a file that is no checkpoint, or one whose counters no run can have.
  public init(contentsOf path: String) throws { self = try Self.read(path).checkpoint }

  /// Reads what `write(to:metadata:)` wrote, with the text that was kept beside it.
  /// - Throws: a `FileError` for a file that is no checkpoint, or one whose counters no run can have.
  public static func read(_ path: String) throws -> (checkpoint: Checkpoint, metadata: [String: String]) {
    let file = try Safetensors.read(path)
    return (try Checkpoint(file, path), file.metadata)
  }

  private init(_ file: Safetensors, _ path: String) throws {
    guard let text = file.metadata[Self.progressKey] else {
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
    guard let losses = file.state[Self.stepLossesPath] else {
      throw FileError(path, "is a checkpoint without the losses of its steps")
    }
    var history = progress.history
    history.stepLosses = losses.scalars
    self.init(
      model: part("model/"), optimizer: part("optimizer/"), history: history,
      completedEpochs: progress.completedEpochs, completedSteps: progress.completedSteps,
      stepsInEpoch: progress.stepsInEpoch, totals: progress.totals, seed: progress.seed,
      remembered: Dictionary(progress.remembered.map { ($0, part("remembered/\($0)/")) }, uniquingKeysWith: { $1 }))
    if let flaw { throw FileError(path, "is a checkpoint whose progress cannot be read: it has \(flaw)") }
  }

  private struct Progress: Codable {
    let history: History
    let completedEpochs: Int, completedSteps: Int, stepsInEpoch: Int
    let totals: EpochTotals
    let seed: UInt64
    let remembered: [String]
  }
}

/// Writes checkpoints while training goes on: every so many steps, after each epoch, and at the end, Ctrl-C included.
public final class CheckpointWriter: Callback {
  /// The path of the file, which each checkpoint replaces.
  public let path: String
  /// How many steps lie between two checkpoints within an epoch; `nil` for one after each epoch only.
  public let everySteps: Int?
  /// Text that is kept with each checkpoint.
  public let metadata: [String: String]

  /// A writer to a file, after each epoch and, if asked for, every so many steps.
  public init(to path: String, everySteps: Int? = nil, metadata: [String: String] = [:]) {
    (self.path, self.everySteps, self.metadata) = (path, everySteps, metadata)
  }

  /// Writes a checkpoint after every `everySteps`-th step.
  /// - Throws: a `FileError` when the file cannot be written.
  public func stepEnded(_ session: any TrainingSession, loss: Double) throws {
    if let everySteps, everySteps > 0, session.completedSteps % everySteps == 0 { try write(session) }
  }
  /// Writes a checkpoint.
  /// - Throws: a `FileError` when the file cannot be written.
  public func epochEnded(_ session: any TrainingSession) throws { try write(session) }
  /// Writes a checkpoint, also of a run that was stopped.
  /// - Throws: a `FileError` when the file cannot be written.
  public func trainingEnded(_ session: any TrainingSession) throws { try write(session) }

  private func write(_ session: any TrainingSession) throws {
    try session.checkpoint().write(to: path, metadata: metadata)
  }
}
