import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// A model read from a file, with the rows it is asked about.
struct SavedModel {
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
  /// - Parameters:
  ///   - data: the file of a table; nil for the digits.
  ///   - target: the columns of the target, where they are not called as in the training.
  func examples(_ data: String?, target: String?, _ spelling: Spelling) throws -> Dataset {
    guard let data else {
      if target != nil { throw UsageError("--target names a column of --data FILE.csv") }
      return try digits(limit: Int.max)
    }
    var table = try spelling.read(data, as: network.dialect)
    let encoder = network.tableEncoder
    let targets = try target.map { try TableChoices.list($0, "target") } ?? encoder.target.columns
    if table.hasNames || target != nil {
      guard targets.count == encoder.target.columns.count else {
        throw UsageError("--target names \(encoder.target.columns.count) columns, as in the training")
      }
      for (name, known) in zip(targets, encoder.target.columns) { try table.rename(name, to: known) }
    } else {
      table.name(encoder.columns.map(\.name) + encoder.target.columns)
    }
    let rows = try encoder.rowsWithTarget(in: table)
    let left = table.rowCount - rows.count
    if left > 0 {
      print(left == 1 ? "1 row without a target is left out" : "\(left) rows without a target are left out")
    }
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
