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
    let (inputs, labels) = try saved.labelledRows(arguments)
    let predicted = try saved.model.predict(inputs).argmax(axis: -1).indices
    let confusion = try TrainingReport.Confusion(
      labels: saved.classifier.classNames, actual: labels, predicted: predicted)
    print(confusion.text + "\n\naccuracy \(confusion.summary)")
    return 0
  }

  static let predict = Command(
    name: "predict", form: "MODEL [--data FILE.csv]", summary: "the classes that a trained model sees in new rows",
    details: """
      MODEL is the folder that chainrule train --output made, or its model.safetensors. One line for each row: the
      class and its probability. Columns are found by their names; others are passed over. Without --data it looks at
      the test digits and draws them. With --output the rows go to a table: row, class, and a probability per class.

        chainrule predict digits --rows 3
        chainrule predict iris --data flowers.csv --output classes.csv
      """,
    options: PredictOptions()
  ) { arguments in
    let saved = try SavedModel(arguments.words)
    let (limit, output) = try (arguments[\.rows], arguments[\.output])
    if let data = try arguments[\.data] {
      let inputs = try saved.rows(data, limit: limit)
      try saved.show(try saved.probabilities(inputs), output) { index, best in "row \(index + 1): \(best)" }
    } else {
      let digits = try saved.digits(limit: limit ?? 3)
      let pixels = digits.inputs.floats
      try saved.show(try saved.probabilities(digits.inputs), output) { index, best in
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
}

struct PredictOptions: CommandOptions {
  let data = Option<String>("data", "FILE.csv", "a table with the columns that the model was trained on")
  let rows = Option<Int>(
    "rows", "N", "only the first N rows; all of a table and 3 digits unless given", in: 1...Int.max)
  let output = Option<String>("output", "FILE.csv", "write a table instead of lines, - for the screen")
}

/// A model read from a file, with the rows it is asked about.
private struct SavedModel {
  let path: String
  let classifier: Classifier
  let model: Sequential

  init(_ words: [String]) throws {
    guard let path = words.first, words.count == 1 else {
      throw UsageError("one model is needed; chainrule train --output DIR makes one")
    }
    self.path = path
    (classifier, model) = try Classifier.read(try TrainingFolder.model(path))
  }

  /// The probability of each class, row by row.
  func probabilities(_ inputs: Tensor) throws -> [[Double]] {
    try Classifier.probabilities(of: try model.predict(inputs))
  }

  /// A line for each row, or a table in a file.
  func show(_ rows: [[Double]], _ output: String?, line: (_ index: Int, _ best: String) -> String) throws {
    guard let output else {
      for (index, row) in rows.enumerated() { print(line(index, best(row))) }
      return
    }
    let names = classifier.classNames
    let head = ["row", classifier.target] + names.map { "probability of \($0)" }
    let lines = rows.enumerated().map { index, row in
      ["\(index + 1)", names[order(row)[0]]] + row.map { "\(Float($0))" }
    }
    let text = ([head] + lines).map { $0.map(csvCell).joined(separator: ",") + "\n" }.joined()
    if output == "-" { return Terminal.show(text) }
    try writeAtomically(Array(text.utf8), to: output)
    print("\(rows.count) rows are in \(output)")
  }

  private func order(_ probabilities: [Double]) -> [Int] {
    probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
  }

  private func best(_ probabilities: [Double]) -> String {
    let order = order(probabilities)
    let parts = order.prefix(2).map { "\(classifier.classNames[$0]) (\((100 * probabilities[$0]).fixed(1)) %)" }
    return parts[0] + (probabilities[order[0]] < 0.95 ? ", perhaps \(parts[1])" : "")
  }

  /// The first test digits that the library carries.
  func digits(limit: Int) throws -> Dataset {
    guard classifier.columns.count == 64, classifier.standardization == nil else {
      throw UsageError(
        "\(path) was trained on a table of \(classifier.columns.count) columns, not on digits; give it --data FILE.csv")
    }
    let test = try Digits.bundled().test
    return try test.examples(at: Array(0..<Swift.min(limit, test.count)))
  }

  func labelledRows(_ arguments: Arguments<EvaluateOptions>) throws -> (inputs: Tensor, labels: [Int]) {
    guard let data = try arguments[\.data] else {
      if arguments.has(\.target) { throw UsageError("--target names a column of --data FILE.csv") }
      let test = try digits(limit: Int.max)
      return (test.inputs, test.targets.indices)
    }
    let table = try CSVTable(contentsOf: data)
    let target = try arguments[\.target] ?? classifier.target
    let label = table.hasNames || arguments.has(\.target) ? try table.column(target) : table.columns.count - 1
    return (try features(table), try table.classes(in: label, known: classifier.classNames).labels)
  }

  func rows(_ data: String, limit: Int?) throws -> Tensor {
    let inputs = try features(CSVTable(contentsOf: data))
    return inputs.rows(at: Array(0..<Swift.min(limit ?? Int.max, inputs.shape[0])))
  }

  /// The columns of the training by name; by position in a table without names.
  private func features(_ table: CSVTable) throws -> Tensor {
    let columns = classifier.columns
    let missing = columns.filter { !table.columns.contains($0) }
    let positions: [Int]
    if missing.isEmpty {
      positions = try columns.map { try table.column($0) }
    } else if !table.hasNames, [0, 1].contains(table.columns.count - columns.count) {
      positions = Array(columns.indices)
    } else {
      let shown = missing.prefix(12).joined(separator: ", ") + (missing.count > 12 ? ", …" : "")
      throw FileError(
        table.file, "lacks \(missing.count) of the \(columns.count) columns that \(path) was trained on: \(shown)")
    }
    let numbers = try table.numbers(in: positions)
    let raw = Tensor(shape: [table.rows.count, columns.count], numbers)
    let scaled = try classifier.standardization?(raw) ?? raw
    return Tensor(floats: scaled.scalars.map { Float($0) }, shape: scaled.shape)
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
