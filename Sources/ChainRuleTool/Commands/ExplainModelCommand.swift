import ChainRule
import ChainRuleFiles
import ChainRuleLearning

extension Command {
  static let explainModel = Command(
    name: "explain-model", form: "MODEL --data FILE.csv", summary: "what a trained model owes to each column",
    details: """
      MODEL is the folder that chainrule train --output made, or its model.safetensors; the table has its columns and
      its target, best in rows that it has not learnt from. Importance: how much worse the model becomes when the cells
      of a column change their rows. Dependence: what it says on average when all rows have the same value there. With
      --row N: the gradient of what it says of one row by each of its cells. --output writes a page with the curves,
      and how often the model is right where it is sure, or how far off its numbers are.

        chainrule explain-model houses --data houses.csv
        chainrule explain-model houses --data houses.csv --row 3
        chainrule explain-model iris --data iris.csv --output iris.html
      """,
    options: ExplainModelOptions()
  ) { arguments in
    let saved = try SavedModel(arguments.words)
    guard let data = try arguments[\.data] else {
      throw UsageError("a table is needed: chainrule explain-model \(saved.path) --data FILE.csv")
    }
    let spelling = try Spelling(arguments, \.spelling)
    if let row = try arguments[\.row] {
      for option in ["output", "repeats", "seed", "target"] where arguments.givenNames.contains(option) {
        throw UsageError("--row is about one row; --\(option) is about all of them")
      }
      print(try explainedRow(row, of: saved, data, spelling))
      return 0
    }
    let examples = try saved.examples(data, target: arguments[\.target], spelling)
    let outputs = try saved.model.predict(examples.inputs)
    guard outputs.scalars.allSatisfy(\.isFinite) else {
      throw RunFailure("\(saved.path) says no number for some rows: they are too far from those of the training")
    }
    let encoder = saved.network.tableEncoder
    var explanation = try ModelExplanation(encoder, on: examples) { try saved.model.predict($0) }
    explanation.unit = saved.network.unit ?? ""
    let importances = try explanation.importances(
      repeats: arguments[\.repeats] ?? 5, seed: UInt64(try arguments[\.seed] ?? 1))
    let outcome = try Outcome(outputs, on: examples, encoder, unit: explanation.unit)
    print("\(data): \(outcome.summary)\n\n" + importanceText(importances, explanation))
    if let output = try arguments[\.output] {
      try write(output, saved, explanation, importances, outcome, outputs, examples)
    } else {
      for importance in importances { print("\n" + (try dependenceText(importance.column, explanation))) }
    }
    return 0
  }

  private static func importanceText(
    _ importances: [TrainingReport.Importance], _ explanation: ModelExplanation
  ) -> String {
    let isShare = explanation.scoreName != "RMSE"
    let most = importances.map(\.mean).max() ?? 0
    let rows = importances.map { importance -> [String] in
      let digits = isShare ? importance.mean.fixed(1) : NumberText.short(importance.mean, digits: 3)
      let spread = isShare ? importance.deviation.fixed(1) : NumberText.short(importance.deviation, digits: 2)
      let bar = most > 0 ? Int((24 * Swift.max(0, importance.mean) / most).rounded()) : 0
      return [importance.column, "\(digits) ± \(spread)", String(repeating: "█", count: bar)]
    }
    let unit = explanation.unit.isEmpty ? "" : ", in \(explanation.unit)"
    let head = ["column", "\(explanation.scoreName) worse by\(unit)", ""]
    return "Importance: how much a shuffled column costs" + (isShare ? ", in points of 100" : "") + "\n\n"
      + columns([head] + rows)
  }

  private static func dependenceText(_ column: String, _ explanation: ModelExplanation) throws -> String {
    let found = try explanation.dependence(on: column, points: 7)
    let names = Array(explanation.outputNames.prefix(6))
    let isShare = explanation.scoreName != "RMSE"
    let rows = zip(found.values, found.means).prefix(12).map { value, means in
      [value]
        + names.indices.map { isShare ? (100 * means[$0]).fixed(1) + " %" : NumberText.short(means[$0], digits: 5) }
    }
    let more = found.values.count > 12 ? "\n  … and \(found.values.count - 12) more" : ""
    return "By \(column), the others as they are\n\n" + columns([[column] + names] + rows) + more
  }

  /// The gradient of one row's prediction, feature by feature.
  private static func explainedRow(
    _ row: Int, of saved: SavedModel, _ data: String, _ spelling: Spelling
  ) throws -> String {
    let (inputs, warnings) = try saved.rows(data, spelling, limit: row)
    guard inputs.shape[0] == row else {
      throw UsageError("--row \(row): \(data) has \(inputs.shape[0]) row\(inputs.shape[0] == 1 ? "" : "s")")
    }
    let encoder = saved.network.tableEncoder, width = inputs.shape[1]
    let features = Array(inputs.scalars.suffix(width))
    let found = try ModelExplanation.gradient(of: saved.model, at: features, encoder)
    var rows = [["feature", "value", "gradient", "per deviation"]]
    for (column, range) in zip(encoder.columns, encoder.featureRanges) {
      for (name, index) in zip(column.featureNames, range) {
        let isFlag = column.kind == .category || index > range.lowerBound
        let (value, gradient) = (found.features[index], found.gradients[index])
        rows.append([
          name, isFlag ? NumberText.short(value) : column.text(of: column.mean + column.deviation * value),
          NumberText.short(isFlag ? gradient : gradient / column.deviation, digits: 5),
          isFlag ? "" : NumberText.short(gradient, digits: 5),
        ])
      }
    }
    for warning in warnings { Terminal.complain(warning) }
    return "row \(row) of \(data): \(found.name) \(NumberText.short(found.value))\n\n" + columns(rows)
  }

  /// Cells in columns, the first one to the left.
  private static func columns(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = "  " + row.indices.map { row[$0].padded(to: widths[$0]) }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  private static func write(
    _ output: String, _ saved: SavedModel, _ explanation: ModelExplanation, _ importances: [TrainingReport.Importance],
    _ outcome: Outcome, _ outputs: Tensor, _ examples: Dataset
  ) throws {
    var report = TrainingReport(title: "\(saved.path): what it owes to its columns")
    report.results = outcome.figures.map { .init($0.name, $0.text) }
    report.importances = importances
    report.dependences = try importances.prefix(24).map {
      explanation.chart(of: try explanation.dependence(on: $0.column, points: 20))
    }
    report.confusion = outcome.confusion
    report.calibration = try ModelExplanation.calibration(outputs, on: examples, saved.network.task)
    report.residuals = outcome.residuals
    let text = report.html()
    if output == "-" { return Terminal.show("\n" + text) }
    try writeAtomically(Array(text.utf8), to: output)
    print("\ncurves and more are in \(output)")
  }
}

struct ExplainModelOptions: CommandOptions {
  let data = Option<String>("data", "FILE.csv", "a table with the columns and the target that the model was trained on")
  let target = Option<String>("target", "COLUMN", "the column of labels; the one of the training unless given")
  let row = Option<Int>("row", "N", "the gradient of what is said of one row, counted from 1", in: 1...Int.max)
  let repeats = Option<Int>("repeats", "N", "how often each column is shuffled; 5 unless given", in: 1...1000)
  let seed = Option<Int>("seed", "N", "another shuffling; 1 unless given", in: 0...Int.max)
  let output = Option<String>("output", "FILE.html", "write a page with the curves, - for the screen")
  let spelling = SpellingOptions()
}
