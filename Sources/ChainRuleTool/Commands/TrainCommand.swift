import ChainRule
import ChainRuleFiles
import ChainRuleLearning

extension Command {
  static let train = Command(
    name: "train", form: "[--data FILE.csv --target COLUMN] [--output DIR] | --resume DIR",
    summary: "train a classifier, on handwritten digits unless told otherwise",
    details: """
      Data. Without --data it trains on the 1,797 digits that the library carries (1,442 to train, 355 to test). A
      table has a line of column names, numbers, and a column of labels: whole numbers from 0, or names. Within each
      label every fifth row is kept for testing; features are scaled to mean 0 and variance 1 over the other rows.

      Models. softmax: one layer, whose scores become probabilities; begin with it. mlp: a layer of --hidden units
      between, so that classes need not be told apart by straight lines. cnn: two convolutions, for columns that are
      the pixels of a square image.

      Optimizers, with their rates: \(optimizerList())
      A loss that explodes asks for a lower --rate, one that hardly falls for a higher one.

      Schedules, laid out over all epochs:
      \(ScheduleChoice.allCases.map { "  \($0.rawValue.padded(to: 11))  \($0.words)" }.joined(separator: "\n"))

      Files. --output DIR keeps model.safetensors (for evaluate and predict), history.csv (a line for each epoch) and
      report.html (curves, confusion matrix, settings). A checkpoint is written after each epoch; Ctrl-C and
      SIGTERM save and end the run, with status 130 or 143. --resume DIR goes on from there, bit for bit as if nothing
      had happened; with --epochs N, up to more epochs than before.

        chainrule train
        chainrule train --model cnn --optimizer adamw --schedule cosine --epochs 10 --output digits
        chainrule train --data iris.csv --target species --hidden 8 --output iris
        chainrule train --resume iris --epochs 60
      """,
    options: TrainOptions()
  ) { arguments in
    try arguments.expectNoWords()
    let task =
      try arguments[\.resume].map { try TrainingTask(resuming: $0, arguments) } ?? TrainingTask(arguments)
    let isQuiet = arguments[\.quiet]
    if !isQuiet { print(task.headline) }
    let run: TrainingRun
    do { run = try task.run(progress: isQuiet ? .none : .terminal) } catch { throw RunFailure("\(error)") }
    if !isQuiet { print("\n" + run.confusion.text + "\n") }
    print("test accuracy \(run.confusion.summary) after \(run.history.count) epochs in \(run.seconds.fixed(1)) s")
    if let folder = task.folder {
      try folder.write(run)
      print("model, history and report are in \(folder.path); use them with chainrule evaluate \(folder.path)")
      if run.isInterrupted { print("chainrule train --resume \(folder.path) goes on from here") }
    }
    return withExtendedLifetime(task.lock) { run.isInterrupted ? 128 + Interruption.lastSignal : 0 }
  }

  /// The optimizers with their rates, as they follow 31 characters of a line.
  private static func optimizerList() -> String {
    wrapped(OptimizerChoice.allCases.map { "\($0.rawValue) \(NumberText.short($0.usualRate))" }, from: 31)
  }

  /// Items separated by commas, with a new line where the next one would not fit.
  private static func wrapped(_ items: [String], from start: Int) -> String {
    var (text, column) = ("", start)
    for (index, item) in items.enumerated() {
      let piece = item + (index + 1 < items.count ? "," : ".")
      if index > 0, column + piece.count + 1 > 116 {
        text += "\n"
        column = 0
      } else if index > 0 {
        text += " "
      }
      text += piece
      column += piece.count + 1
    }
    return text
  }
}

struct TrainOptions: CommandOptions {
  let data = Option<String>("data", "FILE.csv", "a table to train on")
  let target = Option<String>("target", "COLUMN", "the column of labels; the last one unless given")
  let model = Option<ClassifierKind>("model", "KIND", "softmax, mlp (the default) or cnn")
  let hidden = Option<Int>(
    "hidden", "N", "units of the hidden layer of mlp; 32 unless given", in: TrainingPlan.hiddenRange)
  let optimizer = Option<OptimizerChoice>(
    "optimizer", "NAME", "how steps are made from gradients; adam unless given")
  let rate = Option<Double>("rate", "R", "learning rate; each optimizer has its own unless given", above: 0)
  let decay = Option<Double>("decay", "L", "weight decay; 0 unless given, 0.01 for adamw and lion", from: 0)
  let schedule = Option<ScheduleChoice>("schedule", "NAME", "how the rate changes; constant unless given")
  let epochs = Option<Int>(
    "epochs", "N", "passes over the training rows; 30 unless given", in: TrainingPlan.epochRange)
  let patience = Option<Int>(
    "patience", "N", "stop after N epochs without a lower test loss, and keep the best model",
    in: TrainingPlan.patienceRange)
  let batch = Option<Int>("batch", "N", "rows in a step; 32 unless given", in: TrainingPlan.batchRange)
  let seed = Option<Int>("seed", "N", "another start and another order; 1 unless given", in: 0...Int.max)
  let output = Option<String>(
    "output", "DIR", "keep the model, its history, a report and checkpoints in a folder")
  let resume = Option<String>("resume", "DIR", "go on with the run in a folder, with its options")
  let quiet = Switch("quiet", "only the last lines")

  /// What may be given with `--resume`; everything else is as it was.
  var resumable: [any DeclaredOption] { [resume, output, epochs, quiet] }
}

/// What one call of `train` is about: a plan, its data, and where it stands.
private struct TrainingTask {
  let plan: TrainingPlan
  let data: LabelledData
  let folder: TrainingFolder?
  var checkpoint: Checkpoint?
  /// Held while the run's folder is written to.
  let lock: RunLock?

  init(_ arguments: Arguments<TrainOptions>) throws {
    plan = try TrainingPlan(arguments)
    data = try plan.readData()
    _ = try plan.classifier(for: data).model()  // complains before a folder is made
    folder = try arguments[\.output].map { try TrainingFolder.new($0) }
    lock = try folder.map { try RunLock($0.path) }
  }

  init(resuming path: String, _ arguments: Arguments<TrainOptions>) throws {
    let before = TrainingFolder(path: path)
    var held: RunLock?
    if !arguments.has(\.output) {
      try before.expectCheckpoint()
      held = try RunLock(path)
    }
    let (plan, checkpoint, fingerprint) = try before.lastCheckpoint()
    self.plan = try plan.resumed(arguments)
    guard self.plan.epochs >= checkpoint.completedEpochs else {
      throw UsageError("\(path) has made \(checkpoint.completedEpochs) epochs already; --epochs is the number of all")
    }
    data = try self.plan.readData()
    guard data.fingerprint == fingerprint else {
      throw FileError(data.name, "is not what it was when the run in \(path) began; begin a new run with --output")
    }
    self.checkpoint = checkpoint
    let folder = try arguments[\.output].map { try TrainingFolder.new($0) } ?? before
    (self.folder, lock) = (folder, try held ?? RunLock(folder.path))
  }

  var headline: String {
    let end = checkpoint.map { checkpoint in
      let made = checkpoint.completedEpochs
      return made < plan.epochs
        ? ", from epoch \(made + 1) on" : ", whose \(made) epochs are made already; --epochs N makes more"
    }
    return plan.headline(data) + (end ?? "")
  }

  func run(progress: Progress) throws -> TrainingRun {
    try TrainingRun(plan, on: data, in: folder, from: checkpoint, progress: progress)
  }
}
