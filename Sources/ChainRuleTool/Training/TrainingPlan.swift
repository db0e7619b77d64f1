import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// What the options of `train` say, and what a run keeps with its checkpoint so that `--resume` needs no other option.
struct TrainingPlan: Codable {
  var data: String?
  /// The columns to predict, with commas between them.
  var target: String?
  /// What is said of the table; nil for the digits, and in runs from before there was anything to say.
  var table: TableChoices?
  var kind: NetworkKind
  /// The ONNX file of the model that is trained further; nil for a new network.
  var from: String?
  let hidden: Int
  var epochs: Int
  let batch: Int
  let optimizer: OptimizerChoice
  let schedule: ScheduleChoice
  let rate: Double
  let decay: Double
  let seed: Int
  /// Epochs without a lower loss on the rows to choose by after which the run stops; `nil` to make all epochs.
  let patience: Int?
  /// The most epochs of `--epochs auto`, and its patience.
  static let longest = 1000, autoPatience = 20

  static let hiddenRange = 1...100_000
  static let epochRange = 1...1_000_000
  static let batchRange = 1...1_000_000
  static let patienceRange = 1...1_000_000

  init(_ arguments: Arguments<TrainOptions>) throws {
    kind = try arguments[\.model] ?? .mlp
    let choices = try TableChoices(arguments)
    table = arguments.has(\.data) ? choices : nil
    if kind != .mlp, arguments.has(\.hidden) { throw UsageError("--hidden belongs to --model mlp") }
    if arguments.has(\.target), !arguments.has(\.data) {
      throw UsageError("--target names a column of --data FILE.csv")
    }
    from = try arguments[\.from]
    if from != nil, let other = ["model", "hidden"].first(where: arguments.givenNames.contains) {
      throw UsageError("--from brings its own network, and --\(other) asks for another")
    }
    data = try arguments[\.data]
    target = try arguments[\.target]
    if let target { _ = try TableChoices.list(target, "target") }
    hidden = try arguments[\.hidden] ?? 32
    let length = try arguments[\.epochs] ?? .number(30)
    epochs = length.count ?? Self.longest
    batch = try arguments[\.batch] ?? (choices.streams == true ? 256 : 32)
    optimizer = try arguments[\.optimizer] ?? OptimizerChoice.adam
    schedule = try arguments[\.schedule] ?? ScheduleChoice.constant
    rate = try arguments[\.rate] ?? optimizer.usualRate
    decay = try arguments[\.decay] ?? optimizer.usualDecay
    seed = try arguments[\.seed] ?? 1
    patience = try arguments[\.patience] ?? (length.count == nil ? Self.autoPatience : nil)
  }

  /// The plan of an earlier run, with more epochs if they are asked for.
  func resumed(_ arguments: Arguments<TrainOptions>) throws -> TrainingPlan {
    let resumable = arguments.options.resumable.map(\.name)
    if let option = arguments.givenNames.first(where: { !resumable.contains($0) }) {
      throw UsageError("--\(option) cannot be changed by --resume, which goes on with the options of the run")
    }
    var plan = self
    if let length = try arguments[\.epochs] {
      guard let count = length.count else { throw UsageError("--resume goes on to a number of epochs: --epochs N") }
      plan.epochs = count
    }
    return plan
  }

  /// Whether a plan that was read from a file can be carried out.
  var isSound: Bool {
    Self.epochRange.contains(epochs) && Self.batchRange.contains(batch) && Self.hiddenRange.contains(hidden)
      && rate > 0 && rate.isFinite && decay >= 0 && decay.isFinite && seed >= 0
      && patience.map(Self.patienceRange.contains) ?? true && table?.isSound ?? true
  }

  var settings: [(String, String)] {
    let size = kind == .mlp && from == nil ? [("hidden units", "\(hidden)")] : []
    return [("model", from ?? kind.rawValue)] + size + [
      ("optimizer", "\(optimizer.rawValue), learning rate \(NumberText.short(rate))"),
      ("weight decay", NumberText.short(decay)), ("schedule", "\(schedule.rawValue): \(schedule.words)"),
      ("batch", "\(batch)"), ("epochs", "\(epochs)"), ("seed", "\(seed)"),
    ]
  }

  func headline(_ data: LabelledData) -> String {
    let outputs = data.encoder?.target.outputCount ?? data.classNames.count
    let layers =
      from.map { "model of \($0)" }
      ?? (kind == .mlp ? "\(data.inputCount)-\(hidden)-\(outputs) network" : "\(kind.rawValue) model")
    var parts = ["\(data.trainingCount) rows to train"]
    if let validation = data.validation { parts.append("\(validation.count) to choose when to stop") }
    if data.test.count > 0 { parts.append("\(data.test.count) to test") }
    if let streamed = data.streamed {
      parts.append(streamed.wordsOfUnused(data.test.count, data.validation?.count) + "batches of \(batch)")
    }
    return "\(data.name): a \(layers), " + parts.joined(separator: ", ")
  }

  /// The columns that are predicted, where they are named.
  var targets: [String]? { get throws { try target.map { try TableChoices.list($0, "target") } } }

  /// Whether rows are set apart to choose by.
  var chooses: Bool { patience != nil }

  /// The table that the plan names, read and looked at; nil for the digits.
  func readTable() throws -> TableData? {
    guard let data else { return nil }
    let choices = table ?? TableChoices()
    return choices.streams == true
      ? try TableData(streaming: data, target: targets, choices, chooses: chooses)
      : try TableData(data, target: targets, choices)
  }

  func network(for data: LabelledData) -> Network {
    Network(
      kind: kind, hidden: hidden, columns: data.columns, target: data.target, classNames: data.classNames,
      encoder: data.encoder, dialect: data.dialect, unit: data.unit.isEmpty ? nil : data.unit, from: from)
  }

  /// The loss that the plan trains by.
  func loss(for data: LabelledData) -> (Node, Node) -> Node {
    let choice = table?.loss ?? LossChoice.choices(for: data.task)[0]
    let classWeights = table?.balancesClasses == true ? data.balancedWeights() : nil
    return data.weights == nil
      ? choice.loss(for: data.task, weights: classWeights)
      : choice.weightedLoss(for: data.task, weights: classWeights)
  }
}

/// How long a run is: a number of epochs, or as long as it becomes better.
enum RunLength: Sendable {
  case number(Int), automatic

  var count: Int? { if case .number(let count) = self { count } else { nil } }
}
