import ChainRule
import ChainRuleFiles
import ChainRuleLearning

extension Command {
  static let evaluate = Command(
    name: "evaluate", form: "MODEL [--data FILE.csv]", summary: "measure a saved model",
    details: """
      On the test digits that the library carries, or on every row of a table.

        chainrule evaluate digits.json
        chainrule evaluate iris.json --data more-iris.csv --label species
      """,
    options: [
      Option("data", "FILE.csv", "a table with the columns that the model was trained on"),
      Option("label", "COLUMN", "the column of labels; the last one unless given"),
    ]
  ) { arguments in
    let saved = try SavedModel(arguments)
    let (inputs, labels) = try saved.labelledRows(arguments)
    let predicted = try saved.scores(inputs).argmax(axis: -1).indices
    let confusion = TrainingReport.Confusion(labels: saved.file.classNames, actual: labels, predicted: predicted)
    print(confusion.text + "\n\naccuracy \(confusion.summary)")
    return 0
  }

  static let predict = Command(
    name: "predict", form: "MODEL [--data FILE.csv]", summary: "the classes that a saved model sees",
    details: """
      One line for each row: the class and its probability. Without --data it looks at the test digits and draws them.

        chainrule predict digits.json --rows 3
        chainrule predict iris.json --data flowers.csv
      """,
    options: [
      Option("data", "FILE.csv", "a table of features, without labels"),
      Option("label", "COLUMN", "a column to leave out"),
      Option("rows", "N", "only the first N rows; all of a table and 3 digits unless given"),
    ]
  ) { arguments in
    let saved = try SavedModel(arguments)
    let limit = try arguments.whole("rows", in: 1...Int.max)
    if arguments.has("data") {
      let inputs = try saved.rows(arguments, limit: limit)
      for (index, row) in try saved.probabilities(inputs).enumerated() { print("row \(index + 1): \(saved.best(row))") }
      return 0
    }
    let digits = try saved.digits(limit: limit ?? 3)
    let pixels = digits.inputs.floats
    for (index, row) in try saved.probabilities(digits.inputs).enumerated() {
      print(DigitPicture.text(Array(pixels[index * 64..<(index + 1) * 64])))
      print("label \(digits.targets.indices[index]), seen as \(saved.best(row))\n")
    }
    return 0
  }
}

/// A model read from a file, with the rows it is asked about.
struct SavedModel {
  let path: String
  let file: ModelFile
  let model: Sequential

  init(_ arguments: Arguments) throws {
    guard let path = arguments.words.first, arguments.words.count == 1 else {
      throw UsageError("one model file is needed; chainrule train --save FILE writes one")
    }
    self.path = path
    file = try ModelFile(contentsOf: path)
    model = try file.model(path)
  }

  func scores(_ inputs: Tensor) throws -> Tensor { try model.predict(inputs) }

  /// The probability of each class, row by row.
  func probabilities(_ inputs: Tensor) throws -> [[Double]] {
    try Self.probabilities(of: try scores(inputs))
  }

  static func probabilities(of scores: Tensor) throws -> [[Double]] {
    let scalars = try softmax(Graph(.single).constant(scores)).value().scalars
    let width = Swift.max(scores.shape[-1], 1)
    return stride(from: 0, to: scalars.count, by: width).map { Array(scalars[$0..<$0 + width]) }
  }

  func best(_ probabilities: [Double]) -> String {
    let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    let parts = order.prefix(2).map { "\(file.classNames[$0]) (\((100 * probabilities[$0]).fixed(1)) %)" }
    return parts[0] + (probabilities[order[0]] < 0.95 ? ", perhaps \(parts[1])" : "")
  }

  /// The first test digits that the library carries.
  func digits(limit: Int) throws -> Dataset {
    let test = try Digits.bundled().test
    guard file.inputs == 64 else {
      throw UsageError("\(path) was trained on \(file.inputs) columns, not on digits; give it --data FILE.csv")
    }
    return try test.examples(at: Array(0..<Swift.min(limit, test.count)))
  }

  func labelledRows(_ arguments: Arguments) throws -> (inputs: Tensor, labels: [Int]) {
    guard let data = arguments.text("data") else {
      let test = try digits(limit: Int.max)
      return (test.inputs, test.targets.indices)
    }
    let table = try CSVTable(contentsOf: data)
    let label = try arguments.text("label").map { try table.column($0) } ?? table.columns.count - 1
    return (try features(table, leavingOut: label), try table.classes(in: label, known: file.classNames).labels)
  }

  /// The features of a table; a column too many is taken for the label and left out.
  func rows(_ arguments: Arguments, limit: Int?) throws -> Tensor {
    let table = try CSVTable(contentsOf: arguments.text("data") ?? "")
    let surplus = table.columns.count == file.inputs + 1 ? table.columns.count - 1 : nil
    let inputs = try features(table, leavingOut: try arguments.text("label").map { try table.column($0) } ?? surplus)
    return inputs.rows(at: Array(0..<Swift.min(limit ?? Int.max, inputs.shape[0])))
  }

  private func features(_ table: CSVTable, leavingOut label: Int?) throws -> Tensor {
    let columns = table.columns.indices.filter { $0 != label }
    guard columns.count == file.inputs else {
      throw FileError(
        table.file, "has \(columns.count) columns of features; \(path) was trained on \(file.inputs)")
    }
    return file.scaling.applied(to: try table.numbers(in: columns))
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
