import ChainRule
import ChainRuleFiles
import ChainRuleLearning

extension Command {
  static let train = Command(
    name: "train", form: "[--data FILE.csv --target COLUMN] [--output DIR] | --resume DIR",
    summary: "train a network, on handwritten digits or on a table of your own",
    details: """
      Data. Without --data it trains on the 1,797 digits that the library carries (1,442 to train, 355 to test). A
      table is taken as it is: numbers, categories, yes/no and dates are recognized and listed, missing cells filled
      (the median, and a feature that says so), texts become one feature each. The target decides the task: classes,
      a number, or several labels (--target a,b,c). Delimiter, decimal comma and encoding are found out.

      Rows. Every fifth row of each class is kept for testing, or --test-fraction; or --test-file, --folds, the latest
      rows by --time; --group keeps together what belongs together. What decides when to stop never sees them.
      A table of 512 MB or more stays on disk (--stream yes, no): every so many-th row is for testing, whatever its
      class, and columns are told from rows taken evenly; options that need all rows at once are refused.

      Models. linear and softmax: one layer; begin with it. mlp: a layer of --hidden units between, so that classes
      need not be told apart by straight lines. cnn: two convolutions, for columns that are the pixels of a square
      image. With a table the report sets them beside the commonest class or the mean, and a linear model.

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
        chainrule train --data houses.csv --target price --ignore id --kind zip=category --folds 5 --epochs auto
        chainrule train --from cnn.onnx --rate 1e-4 --output tuned
        chainrule train --resume iris --epochs 60
      """,
    options: TrainOptions()
  ) { arguments in
    try arguments.expectNoWords()
    let task =
      try arguments[\.resume].map { try TrainingTask(resuming: $0, arguments) } ?? TrainingTask(arguments)
    let isQuiet = arguments[\.quiet]
    if !isQuiet { print(try task.headline()) }
    let run: TrainingRun
    do { run = try task.run(isQuiet: isQuiet) } catch let error as FileError {
      throw error
    } catch { throw RunFailure("\(error)") }
    if !isQuiet, let confusion = run.outcome?.confusion { print("\n" + confusion.text + "\n") }
    if let outcome = run.outcome {
      print("test \(outcome.summary) after \(epochs(run)) in \(run.seconds.fixed(1)) s")
    } else {
      print("trained on all \(run.data.trainingCount) rows in \(epochs(run))")
    }
    if !isQuiet, let reason = run.history.stopReason { print("ended: \(reason)") }
    try task.folder?.write(run)
    if !isQuiet, !run.isInterrupted { try task.printBaselines(run) }
    if let folder = task.folder {
      print("model, history and report are in \(folder.path); use them with chainrule evaluate \(folder.path)")
      if run.isInterrupted { print("chainrule train --resume \(folder.path) goes on from here") }
    }
    return withExtendedLifetime(task.lock) { run.isInterrupted ? 128 + Interruption.lastSignal : 0 }
  }

  private static func epochs(_ run: TrainingRun) -> String {
    run.history.count == 1 ? "1 epoch" : "\(run.history.count) epochs"
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
  let target = Option<String>(
    "target", "COLUMN", "the column to predict, or several, as a,b,c; the last one unless given")
  let task = Option<TableTask>(
    "task", "TASK", "regression, classification or multilabel; told from the target unless given")
  let features = Option<String>("features", "A,B", "the columns to learn from; all others unless given")
  let ignore = Option<String>("ignore", "A,B", "columns to leave out")
  let kind = RepeatedOption(
    "kind", "COLUMN=KIND", "what a column is: number, category, yes/no, date, ignored; repeatable")
  let missing = Option<TableEncoder.Missing>("missing", "HOW", "fill (the default), drop the row, or error")
  let spelling = SpellingOptions()
  let testFile = Option<String>("test-file", "FILE.csv", "a table of rows to test on")
  let testFraction = Option<Double>(
    "test-fraction", "F", "the share of rows to test on; 0.2 unless given", above: 0, below: 1)
  let folds = Option<Int>(
    "folds", "K", "cross-validate over K folds, then train on all rows", in: TableChoices.foldRange)
  let group = Option<String>("group", "COLUMN", "rows of one value stay on one side")
  let time = Option<String>("time", "COLUMN", "test on the latest rows")
  let weight = Option<String>(
    "weight", "COLUMN", "how much each row counts in the loss; rows of weight 0 are left out")
  let classWeights = Option<ClassWeighting>(
    "class-weights", "HOW", "balanced: rare classes count as much; none unless given")
  let loss = Option<LossChoice>(
    "loss", "NAME", "cross-entropy; for a regression squared (the default), absolute or huber")
  let stream = Option<Answer>(
    "stream", "HOW", "yes leaves the table on disk, no reads it whole; yes from 512 MB on unless given")
  let model = Option<NetworkKind>("model", "KIND", "linear, softmax, mlp (the default) or cnn")
  let from = Option<String>("from", "FILE.onnx", "go on with a model of another framework instead of a new one")
  let hidden = Option<Int>(
    "hidden", "N", "units of the hidden layer of mlp; 32 unless given", in: TrainingPlan.hiddenRange)
  let optimizer = Option<OptimizerChoice>(
    "optimizer", "NAME", "how steps are made from gradients; adam unless given")
  let rate = Option<Double>("rate", "R", "learning rate; each optimizer has its own unless given", above: 0)
  let decay = Option<Double>(
    "decay", "L",
    "weight decay; 0 unless given, 0.01 for "
      + OptimizerChoice.allCases.filter { $0.usualDecay > 0 }.map(\.rawValue).joined(separator: " and "), from: 0)
  let schedule = Option<ScheduleChoice>("schedule", "NAME", "how the rate changes; constant unless given")
  let epochs = Option<RunLength>(
    "epochs", "N", "passes over the training rows, or auto: as long as it helps; 30 unless given",
    in: TrainingPlan.epochRange)
  let patience = Option<Int>(
    "patience", "N", "stop after N epochs without a lower loss on rows set apart, and keep the best model",
    in: TrainingPlan.patienceRange)
  let batch = Option<Int>(
    "batch", "N", "rows in a step; 32 unless given, 256 of a table that is streamed", in: TrainingPlan.batchRange)
  let seed = Option<Int>("seed", "N", "another start and another order; 1 unless given", in: 0...Int.max)
  let output = Option<String>(
    "output", "DIR", "keep the model, its history, a report and checkpoints in a folder")
  let log = Option<String>("log", "FILE.jsonl", "write a JSON object for each epoch, as it ends")
  let tensorboard = Option<String>("tensorboard", "DIR", "write events that TensorBoard shows: curves and histograms")
  let resume = Option<String>("resume", "DIR", "go on with the run in a folder, with its options")
  let quiet = Switch("quiet", "only the last lines")

  /// What may be given with `--resume`; everything else is as it was.
  var resumable: [any DeclaredOption] { [resume, output, epochs, log, tensorboard, quiet] }
}

/// What one call of `train` is about: a plan, its data, and where it stands.
private struct TrainingTask {
  let plan: TrainingPlan
  let table: TableData?
  let data: LabelledData
  /// The data of each fold, where there are any.
  let folds: [LabelledData]
  let folder: TrainingFolder?
  var checkpoint: Checkpoint?
  /// Who else is told of each epoch.
  let logs: [any Callback]
  /// Held while the run's folder is written to.
  let lock: RunLock?

  init(_ arguments: Arguments<TrainOptions>) throws {
    plan = try TrainingPlan(arguments)
    logs = try Self.logs(arguments)
    table = try plan.readTable()
    (data, folds) = try Self.data(plan, table)
    _ = try plan.network(for: data).model()  // complains before a folder is made
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
    logs = try Self.logs(arguments)
    guard self.plan.epochs >= checkpoint.completedEpochs else {
      throw UsageError("\(path) has made \(checkpoint.completedEpochs) epochs already; --epochs is the number of all")
    }
    table = try self.plan.readTable()
    data = try Self.data(self.plan, table).data
    folds = []  // were measured when the run began
    guard data.fingerprint == fingerprint else {
      throw FileError(data.name, "is not what it was when the run in \(path) began; begin a new run with --output")
    }
    self.checkpoint = checkpoint
    let folder = try arguments[\.output].map { try TrainingFolder.new($0) } ?? before
    (self.folder, lock) = (folder, try held ?? RunLock(folder.path))
  }

  private static func logs(_ arguments: Arguments<TrainOptions>) throws -> [any Callback] {
    var logs: [any Callback] = []
    if let path = try arguments[\.log] {
      guard path != "-" else { throw UsageError("--log is a file, and - is none") }
      let log = EpochLog(to: path)
      try log.checkPlace()
      logs.append(log)
    }
    if let folder = try arguments[\.tensorboard] {
      guard folder != "-" else { throw UsageError("--tensorboard is a folder, and - is none") }
      let writer = EventWriter(to: folder)
      try writer.checkPlace(isResumed: arguments.has(\.resume))
      logs.append(writer)
    }
    return logs
  }

  private static func data(_ plan: TrainingPlan, _ table: TableData?) throws -> (
    data: LabelledData, folds: [LabelledData]
  ) {
    guard let table else { return (try .digits(chooses: plan.chooses), []) }
    guard let count = plan.table?.folds else { return (try table.data(chooses: plan.chooses), []) }
    let (folds, all) = try table.folds(count, chooses: plan.chooses)
    return (all, folds)
  }

  func headline() throws -> String {
    let end = checkpoint.map { checkpoint in
      let made = checkpoint.completedEpochs
      return made < plan.epochs
        ? ", from epoch \(made + 1) on" : ", whose \(made) epochs are made already; --epochs N makes more"
    }
    return (table.map { $0.text + "\n\n" } ?? "") + plan.headline(data) + (end ?? "")
  }

  func run(isQuiet: Bool) throws -> TrainingRun {
    var outcomes: [Outcome] = []
    for (number, fold) in folds.enumerated() {
      let run = try TrainingRun(
        plan, on: fold, in: nil, from: nil,
        progress: isQuiet ? .none : .signsOfLife("fold \(number + 1) of \(folds.count): "))
      guard let outcome = run.outcome, !run.isInterrupted else { break }
      outcomes.append(outcome)
      if !isQuiet { print("fold \(number + 1) of \(folds.count): \(outcome.summary)") }
    }
    if !outcomes.isEmpty { print("over \(outcomes.count) folds: \(Outcome.overFolds(outcomes))") }
    return try TrainingRun(
      plan, on: data, in: folder, from: checkpoint, progress: isQuiet ? .none : .terminal, logs: logs)
  }

  /// Whether the network was worth it: what needs no model, and a linear one, on the same rows.
  func printBaselines(_ run: TrainingRun) throws {
    guard !data.isDigits, let outcome = run.outcome else { return }
    let trivial = try Outcome(trivialFor: data, balanced: plan.table?.balancesClasses == true)
    let name =
      data.task == .classification
      ? "the commonest class" : data.task == .regression ? "the mean" : "each label as it mostly is"
    if let streamed = data.streamed, data.training.count < streamed.count {
      print("models beside it learn from \(data.training.count) of the \(streamed.count) rows, taken evenly")
    }
    print("beside it: \(name): \(trivial.summary)")
    guard plan.kind == .mlp || plan.kind == .cnn, let linear = try linearOutcome() else { return }
    print("           a linear model: \(linear.summary)")
    guard let ours = outcome.figures.first?.value, let theirs = linear.figures.first?.value else { return }
    let isBetter = data.task == .regression ? ours < theirs : ours > theirs
    if !isBetter { print("           the network is not better than the linear model, which is simpler") }
  }

  /// A linear model on the same rows: by least squares for a number, trained as the network for classes and labels.
  private func linearOutcome() throws -> Outcome? {
    if data.task == .regression { return try Outcome(leastSquaresFor: data) }
    var (plan, data) = (plan, data)
    data.streamed = nil  // of the rows in memory
    plan.kind = .linear
    // A straight line is cheap and learns slowly; many rows tell it soon enough.
    plan.epochs = Swift.max(5, Swift.min(300, 1_000_000 / Swift.max(data.training.count, 1)))
    return try? TrainingRun(plan, on: data, in: nil, from: nil, progress: .signsOfLife("a linear model: ")).outcome
  }
}
