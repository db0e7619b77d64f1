import ChainRule
import ChainRuleLearning

extension Command {
  static let train = Command(
    name: "train", form: "[--data FILE.csv]",
    summary: "train a classifier, on handwritten digits unless told otherwise",
    details: """
      Without --data it trains on the 1,797 digits that the library carries (1,442 to train, 355 to test). A table has
      a line of column names, numbers, and a column of labels: whole numbers from 0, or names. Within each label every
      fifth row is kept for testing; features are scaled to mean 0 and variance 1.

        chainrule train
        chainrule train --model cnn --epochs 10 --save digits.json --report digits.html
        chainrule train --data iris.csv --label species --hidden 8
      """,
    options: [
      Option("data", "FILE.csv", "a table to train on"),
      Option("label", "COLUMN", "the column of labels; the last one unless given"),
      Option("model", "KIND", "softmax, mlp (the default) or cnn"),
      Option("hidden", "N", "units of the hidden layer of mlp; 32 unless given"),
      Option("epochs", "N", "passes over the training rows; 30 unless given"),
      Option("batch", "N", "rows in a step; 32 unless given"),
      Option("rate", "R", "learning rate; 0.003 for adam, 0.1 for sgd"),
      Option("optimizer", "NAME", "adam (the default) or sgd"),
      Option("seed", "N", "another start and another order; 1 unless given"),
      Option("save", "FILE", "keep the model for evaluate and predict"),
      Option("report", "FILE.html", "curves, confusion matrix and settings as a page"),
      Option("quiet", nil, "only the last line"),
    ]
  ) { arguments in
    try arguments.expectNoWords()
    let plan = try TrainingPlan(arguments)
    let data =
      try arguments.text("data").map { try LabelledData.table($0, label: arguments.text("label")) } ?? .digits()
    let isQuiet = arguments.has("quiet")
    if !isQuiet { print(plan.headline(data)) }
    let outcome: TrainingPlan.Outcome
    do { outcome = try plan.train(on: data, progress: isQuiet ? .none : .terminal) } catch let error as ChainRuleError {
      throw RunFailure("\(error)")
    }
    if !isQuiet { print("\n" + outcome.confusion.text + "\n") }
    print(
      "test accuracy \(outcome.confusion.summary) after \(outcome.history.count) epochs in \(outcome.seconds.fixed(1)) s"
    )
    if let path = arguments.text("save") {
      try ModelFile(kind: plan.kind, hidden: plan.hidden, data: data, model: outcome.model).save(to: path)
      print("model saved to \(path); use it with chainrule evaluate \(path) and chainrule predict \(path)")
    }
    if let path = arguments.text("report") {
      try write(plan.report(on: data, outcome).html(), to: path)
      print("report written to \(path)")
    }
    return 0
  }
}

/// What the options of `train` say.
struct TrainingPlan {
  let kind: ClassifierKind
  let hidden: Int
  let epochs: Int
  let batch: Int
  let optimizer: String
  let rate: Double
  let seed: Int

  init(_ arguments: Arguments) throws {
    let name = try arguments.choice("model", of: ClassifierKind.allCases.map(\.rawValue)) ?? "mlp"
    kind = ClassifierKind(rawValue: name) ?? .mlp
    if kind != .mlp, arguments.has("hidden") { throw UsageError("--hidden belongs to --model mlp") }
    if arguments.has("label"), !arguments.has("data") { throw UsageError("--label names a column of --data FILE.csv") }
    hidden = try arguments.whole("hidden", in: 1...100_000) ?? 32
    epochs = try arguments.whole("epochs", in: 1...1_000_000) ?? 30
    batch = try arguments.whole("batch", in: 1...1_000_000) ?? 32
    optimizer = try arguments.choice("optimizer", of: ["adam", "sgd"]) ?? "adam"
    rate = try arguments.number("rate", above: 0) ?? (optimizer == "adam" ? 0.003 : 0.1)
    seed = try arguments.whole("seed", in: 0...Int.max) ?? 1
  }

  var settings: [(String, String)] {
    let size = kind == .mlp ? [("hidden units", "\(hidden)")] : []
    return [("model", kind.rawValue)] + size
      + [
        ("optimizer", "\(optimizer), learning rate \(rate.digits(6))"), ("batch", "\(batch)"), ("epochs", "\(epochs)"),
        ("seed", "\(seed)"),
      ]
  }

  func headline(_ data: LabelledData) -> String {
    let layers =
      kind == .mlp ? "\(data.featureCount)-\(hidden)-\(data.classNames.count) network" : "\(kind.rawValue) model"
    return "\(data.name): a \(layers), \(data.training.count) rows to train, \(data.test.count) to test"
  }

  struct Outcome {
    let model: Sequential
    let history: History
    let confusion: TrainingReport.Confusion
    /// What the model says about the test rows, `[rows, classes]`.
    let scores: Tensor
    let seconds: Double
  }

  func train(on data: LabelledData, progress: Progress) throws -> Outcome {
    try withSeed(UInt64(seed)) {
      let model = try kind.model(inputs: data.featureCount, hidden: hidden, classes: data.classNames.count)
      let method: any Optimizer = optimizer == "adam" ? Adam(learningRate: rate) : SGD(learningRate: rate)
      let training = try Training(model, loss: softmaxCrossEntropy, optimizer: method, seed: UInt64(seed))
      let clock = ContinuousClock()
      let start = clock.now
      let history = try training.run(
        on: data.training, validatingOn: data.test, epochs: epochs, batchSize: batch, progress: progress)
      let seconds = start.duration(to: clock.now)
      let scores = try training.predictions(for: data.test)
      return Outcome(
        model: model, history: history,
        confusion: .init(
          labels: data.classNames, actual: data.test.targets.indices, predicted: scores.argmax(axis: -1).indices),
        scores: scores,
        seconds: Double(seconds.components.seconds) + Double(seconds.components.attoseconds) * 1e-18)
    }
  }
}
