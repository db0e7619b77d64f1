import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import Foundation

/// The folder of a run: `model.safetensors`, `history.csv` and `report.html` when it has ended, and
/// `checkpoint.safetensors` after each epoch, from which `--resume` goes on.
struct TrainingFolder {
  let path: String

  private var modelPath: String { path + "/model.safetensors" }
  private var checkpointPath: String { path + "/checkpoint.safetensors" }
  private static let planKey = "chainrule.plan", fingerprintKey = "chainrule.data"

  /// Makes the folder where there is none.
  /// - Throws: where that cannot be done, and where another run's files would be replaced.
  static func new(_ path: String) throws -> TrainingFolder {
    let folder = TrainingFolder(path: path)
    guard path != "-" else { throw UsageError("--output is a folder, and - is none") }
    guard !FileManager.default.fileExists(atPath: folder.checkpointPath) else {
      throw UsageError("\(path) holds a run already; go on with it by --resume \(path), or name another --output")
    }
    try folder.create()
    return folder
  }

  func create() throws {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      throw UsageError("\(path) cannot be made a folder" + (exists && !isFolder.boolValue ? ": it is a file" : ""))
    }
  }

  /// The file of a model: the path itself, or the one in that folder.
  static func model(_ path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw FileError(path, "does not exist; chainrule train --output \(path) makes a model")
    }
    guard isFolder.boolValue else { return path }
    let folder = TrainingFolder(path: path)
    if FileManager.default.fileExists(atPath: folder.modelPath) { return folder.modelPath }
    let isUnfinished = FileManager.default.fileExists(atPath: folder.checkpointPath)
    throw FileError(
      path,
      "holds no model.safetensors"
        + (isUnfinished ? ": its run has not ended; chainrule train --resume \(path) goes on with it" : ""))
  }

  // MARK: Checkpoints

  /// Writes a checkpoint after each epoch, with what `--resume` must know.
  func checkpoints(of plan: TrainingPlan, _ data: LabelledData) throws -> CheckpointWriter {
    var plan = plan
    let absolute = { (path: String) in URL(filePath: path).standardizedFileURL.path }
    let testFile = plan.table?.testFile.map(absolute)
    plan.data = plan.data.map(absolute)
    plan.from = plan.from.map(absolute)
    plan.table?.testFile = testFile
    let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
    return CheckpointWriter(
      to: checkpointPath, metadata: [Self.planKey: text, Self.fingerprintKey: data.fingerprint])
  }

  /// - Throws: where no run has left a checkpoint.
  func expectCheckpoint() throws {
    guard FileManager.default.fileExists(atPath: checkpointPath) else {
      throw UsageError("\(path) holds no checkpoint.safetensors; chainrule train --output \(path) begins a run there")
    }
  }

  /// Where a run stood and what it was about.
  func lastCheckpoint() throws -> (plan: TrainingPlan, checkpoint: Checkpoint, fingerprint: String) {
    try expectCheckpoint()
    let (checkpoint, metadata) = try Checkpoint.read(checkpointPath)
    guard let text = metadata[Self.planKey], let fingerprint = metadata[Self.fingerprintKey],
      let plan = try? JSONDecoder().decode(TrainingPlan.self, from: Data(text.utf8)), plan.isSound
    else { throw FileError(checkpointPath, "is no checkpoint of chainrule train") }
    return (plan, checkpoint, fingerprint)
  }

  /// What a run that has ended, or was interrupted, leaves behind.
  func write(_ run: TrainingRun) throws {
    try run.network.save(run.model, to: modelPath)
    try writeAtomically(Array(run.history.csv.utf8), to: path + "/history.csv")
    try writeAtomically(Array(try run.report().html().utf8), to: path + "/report.html")
  }
}
