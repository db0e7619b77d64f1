import ChainRule
import ChainRuleFiles
import ChainRuleLearning

extension Command {
  static let evaluate = Command(
    name: "evaluate", form: "MODEL [--data FILE.csv]", summary: "measure a trained model",
    details: """
      MODEL is the folder that chainrule train --output made, or its model.safetensors. It is measured on the test
      digits that the library carries, or on every row of a table. Columns are found by their names, in any order.

        chainrule evaluate digits
        chainrule evaluate iris --data more-iris.csv
      """,
    options: EvaluateOptions()
  ) { arguments in
    let saved = try SavedModel(arguments.words)
    let examples = try saved.examples(arguments)
    let outcome = try Outcome(try saved.model.predict(examples.inputs), on: examples, saved.network.encoder)
    if let confusion = outcome.confusion { print(confusion.text + "\n") }
    print(outcome.summary)
    return 0
  }

  static let predict = Command(
    name: "predict", form: "MODEL [--data FILE.csv]", summary: "what a trained model says of new rows",
    details: """
      MODEL is the folder that chainrule train --output made, or its model.safetensors. One line for each row: the
      class and its probability, the number and how far off it mostly is, or the labels. Columns are found by their
      names; others are passed over. Without --data it looks at the test digits and draws them. With --output the rows
      go to a table: row, prediction, and a probability per class or label.

        chainrule predict digits --rows 3
        chainrule predict iris --data flowers.csv --output classes.csv
      """,
    options: PredictOptions()
  ) { arguments in
    let saved = try SavedModel(arguments.words)
    let (limit, output) = try (arguments[\.rows], arguments[\.output])
    if let data = try arguments[\.data] {
      let (inputs, warnings) = try saved.rows(data, Spelling(arguments, \.spelling), limit: limit)
      try saved.show(inputs, output) { index, best in "row \(index + 1): \(best)" }
      for warning in warnings { Terminal.complain(warning) }
    } else {
      let digits = try saved.digits(limit: limit ?? 3)
      let pixels = digits.inputs.floats
      try saved.show(digits.inputs, output) { index, best in
        DigitPicture.text(Array(pixels[index * 64..<(index + 1) * 64]))
          + "\nlabel \(digits.targets.indices[index]), seen as \(best)\n"
      }
    }
    return 0
  }
}

struct EvaluateOptions: CommandOptions {
  let data = Option<String>("data", "FILE.csv", "a table with the columns that the model was trained on")
  let target = Option<String>("target", "COLUMN", "the column of labels; the one of the training unless given")
  let spelling = SpellingOptions()
}

struct PredictOptions: CommandOptions {
  let data = Option<String>("data", "FILE.csv", "a table with the columns that the model was trained on")
  let rows = Option<Int>(
    "rows", "N", "only the first N rows; all of a table and 3 digits unless given", in: 1...Int.max)
  let output = Option<String>("output", "FILE.csv", "write a table instead of lines, - for the screen")
  let spelling = SpellingOptions()
}

/// A model read from a file, with the rows it is asked about.
private struct SavedModel {
  let path: String
  let network: Network
  let model: Sequential

  init(_ words: [String]) throws {
    guard let path = words.first, words.count == 1 else {
      throw UsageError("one model is needed; chainrule train --output DIR makes one")
    }
    self.path = path
    (network, model) = try Network.read(try TrainingFolder.model(path))
  }

  /// A line for each row, or a table in a file.
  func show(_ inputs: Tensor, _ output: String?, line: (_ index: Int, _ best: String) -> String) throws {
    let outputs = try model.predict(inputs)
    guard outputs.scalars.allSatisfy(\.isFinite) else {
      throw RunFailure("\(path) says no number for some rows: their features are too far from those of the training")
    }
    let predictions = try Predictions(outputs, of: network)
    guard let output else {
      for (index, text) in predictions.lines.enumerated() { print(line(index, text)) }
      return
    }
    let text = predictions.table.map { $0.map(csvCell).joined(separator: ",") + "\n" }.joined()
    if output == "-" { return Terminal.show(text) }
    try writeAtomically(Array(text.utf8), to: output)
    print("\(predictions.lines.count) rows are in \(output)")
  }

  /// The first test digits that the library carries.
  func digits(limit: Int) throws -> Dataset {
    guard network.encoder == nil else {
      throw UsageError(
        "\(path) was trained on a table of \(network.columns.count) columns, not on digits; give it --data FILE.csv")
    }
    let test = try Digits.bundled().test
    return try test.examples(at: Array(0..<Swift.min(limit, test.count)))
  }

  /// Rows with what should be said of them.
  func examples(_ arguments: Arguments<EvaluateOptions>) throws -> Dataset {
    guard let data = try arguments[\.data] else {
      if arguments.has(\.target) { throw UsageError("--target names a column of --data FILE.csv") }
      return try digits(limit: Int.max)
    }
    var table = try Spelling(arguments, \.spelling).read(data, as: network.dialect)
    let encoder = network.tableEncoder
    let targets = try arguments[\.target].map { try TableChoices.list($0, "target") } ?? encoder.target.columns
    if table.hasNames || arguments.has(\.target) {
      guard targets.count == encoder.target.columns.count else {
        throw UsageError("--target names \(encoder.target.columns.count) columns, as in the training")
      }
      for (name, known) in zip(targets, encoder.target.columns) { try table.rename(name, to: known) }
    } else {
      table.name(encoder.columns.map(\.name) + encoder.target.columns)
    }
    let rows = try encoder.rowsWithTarget(in: table)
    if rows.count < table.rowCount { print("\(table.rowCount - rows.count) rows without a target are left out") }
    return try single(encoder.transform(table, rows: rows))
  }

  private func single(_ examples: Dataset) throws -> Dataset {
    try Dataset(
      inputs: examples.inputs.converted(to: .float32), targets: examples.targets, classNames: examples.classNames)
  }

  /// The features of a table's rows, and what is to be said about its texts.
  func rows(_ data: String, _ spelling: Spelling, limit: Int?) throws -> (inputs: Tensor, warnings: [String]) {
    let table = try spelling.read(data, as: network.dialect)
    let rows = Array(table.rowIndices.prefix(limit ?? Int.max))
    let (features, unknown) = try network.tableEncoder.encoded(table, rows: rows)
    let warnings = unknown.sorted { $0.key < $1.key }.map {
      "\(data): \($0.value) cell\($0.value == 1 ? "" : "s") of \($0.key) hold texts that the training did not have; "
        + "they count as none of its texts"
    }
    return (features.converted(to: .float32), warnings)
  }
}

/// An 8×8 image in the terminal.
enum DigitPicture {
  static func text(_ pixels: [Float]) -> String {
    stride(from: 0, to: pixels.count, by: 8).map { start in
      "  " + pixels[start..<Swift.min(start + 8, pixels.count)].map { shade($0) }.joined()
    }.joined(separator: "\n")
  }

  private static func shade(_ ink: Float) -> String {
    let shades = ["  ", "░░", "▒▒", "▓▓", "██"]
    return shades[Swift.max(0, Swift.min(4, Int(ink * 4.999)))]
  }
}
