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

  static let hiddenRange = 1...100_000
  static let epochRange = 1...1_000_000
  static let batchRange = 1...1_000_000
  static let patienceRange = 1...1_000_000

  init(_ arguments: Arguments<TrainOptions>) throws {
    kind = try arguments[\.model] ?? .mlp
    if kind != .mlp, arguments.has(\.hidden) { throw UsageError("--hidden belongs to --model mlp") }
    if arguments.has(\.target), !arguments.has(\.data) {
      throw UsageError("--target names a column of --data FILE.csv")
    }
    data = try arguments[\.data]
    target = try arguments[\.target]
    hidden = try arguments[\.hidden] ?? 32
    epochs = try arguments[\.epochs] ?? 30
    batch = try arguments[\.batch] ?? 32
    optimizer = try arguments[\.optimizer] ?? .adam
    schedule = try arguments[\.schedule] ?? .constant
    rate = try arguments[\.rate] ?? optimizer.usualRate
    decay = try arguments[\.decay] ?? optimizer.usualDecay
    seed = try arguments[\.seed] ?? 1
    patience = try arguments[\.patience]
  }

  /// The plan of an earlier run, with more epochs if they are asked for.
  func resumed(_ arguments: Arguments<TrainOptions>) throws -> TrainingPlan {
    let resumable = arguments.options.resumable.map(\.name)
    if let option = arguments.givenNames.first(where: { !resumable.contains($0) }) {
      throw UsageError("--\(option) cannot be changed by --resume, which goes on with the options of the run")
    }
    var plan = self
    plan.epochs = try arguments[\.epochs] ?? epochs
    return plan
  }

  /// Whether a plan that was read from a file can be carried out.
  var isSound: Bool {
    Self.epochRange.contains(epochs) && Self.batchRange.contains(batch) && Self.hiddenRange.contains(hidden)
      && rate > 0 && rate.isFinite && decay >= 0 && decay.isFinite && seed >= 0
      && patience.map(Self.patienceRange.contains) ?? true
  }

  var settings: [(String, String)] {
    let size = kind == .mlp ? [("hidden units", "\(hidden)")] : []
    return [("model", kind.rawValue)] + size + [
      ("optimizer", "\(optimizer.rawValue), learning rate \(NumberText.short(rate))"),
      ("weight decay", NumberText.short(decay)), ("schedule", "\(schedule.rawValue): \(schedule.words)"),
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
