import ChainRule
import ChainRuleLearning

/// What the options of `train` say, and what a run keeps with its checkpoint so that `--resume` needs no other option.
struct TrainingPlan: Codable {
  var data: String?
  var target: String?
  let kind: ClassifierKind
  let hidden: Int
  var epochs: Int
  let batch: Int
  let optimizer: OptimizerChoice
  let schedule: ScheduleChoice
  let rate: Double
  let decay: Double
  let seed: Int
  /// Epochs without a lower test loss after which the run stops; `nil` to make all epochs.
  let patience: Int?

  /// Options that a resumed run may change; everything else is as it was.
  static let resumable = ["resume", "output", "epochs", "quiet"]

  init(_ arguments: Arguments) throws {
    kind = try arguments.choice("model") ?? .mlp
    if kind != .mlp, arguments.has("hidden") { throw UsageError("--hidden belongs to --model mlp") }
    if arguments.has("target"), !arguments.has("data") {
      throw UsageError("--target names a column of --data FILE.csv")
    }
    data = arguments.text("data")
    target = arguments.text("target")
    hidden = try arguments.whole("hidden", in: 1...100_000) ?? 32
    epochs = try arguments.whole("epochs", in: Self.epochRange) ?? 30
    batch = try arguments.whole("batch", in: 1...1_000_000) ?? 32
    optimizer = try arguments.choice("optimizer") ?? .adam
    schedule = try arguments.choice("schedule") ?? .constant
    rate = try arguments.number("rate", above: 0) ?? optimizer.usualRate
    decay = try arguments.number("decay", from: 0) ?? optimizer.usualDecay
    seed = try arguments.whole("seed", in: 0...Int.max) ?? 1
    patience = try arguments.whole("patience", in: 1...1_000_000)
  }

  /// The plan of an earlier run, with more epochs if they are asked for.
  func resumed(_ arguments: Arguments) throws -> TrainingPlan {
    if let option = arguments.optionNames.first(where: { !Self.resumable.contains($0) }) {
      throw UsageError("--\(option) cannot be changed by --resume, which goes on with the options of the run")
    }
    var plan = self
    plan.epochs = try arguments.whole("epochs", in: Self.epochRange) ?? epochs
    return plan
  }

  private static let epochRange = 1...1_000_000

  /// Whether a plan that was read from a file can be carried out.
  var isSound: Bool {
    Self.epochRange.contains(epochs) && (1...1_000_000).contains(batch) && (1...100_000).contains(hidden)
      && rate > 0 && rate.isFinite && decay >= 0 && decay.isFinite && seed >= 0 && patience ?? 1 > 0
  }

  var settings: [(String, String)] {
    let size = kind == .mlp ? [("hidden units", "\(hidden)")] : []
    return [("model", kind.rawValue)] + size + [
      ("optimizer", "\(optimizer.rawValue), learning rate \(rate.digits(6))"),
      ("weight decay", decay.digits(6)), ("schedule", "\(schedule.rawValue): \(schedule.words)"),
      ("batch", "\(batch)"), ("epochs", "\(epochs)"), ("seed", "\(seed)"),
    ]
  }

  func headline(_ data: LabelledData) -> String {
    let layers =
      kind == .mlp ? "\(data.columns.count)-\(hidden)-\(data.classNames.count) network" : "\(kind.rawValue) model"
    return "\(data.name): a \(layers), \(data.training.count) rows to train, \(data.test.count) to test"
  }

  /// The data that the plan names.
  func readData() throws -> LabelledData { try data.map { try .table($0, target: target) } ?? .digits() }

  func classifier(for data: LabelledData) -> Classifier {
    Classifier(
      kind: kind, hidden: hidden, columns: data.columns, target: data.target, classNames: data.classNames,
      standardization: data.standardization)
  }
}
