import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// A table that is to be trained on, with all that was found out and decided about it before.
struct TableData {
  let reading: TableReading
  let choices: TableChoices
  private let other: CSVTable?
  private let order: RowSplit.Order
  /// The rows that can be used, in the order in which they are parted.
  private let rows: [Int]
  /// How much each row counts, where a column says so.
  private let weights: RowWeights?
  /// How the times of `--time` are read.
  private let timeReading: String?
  /// The table where it stays on disk, and which of its rows do what.
  private let streamed: (stream: TableStream, split: StreamSplit)?

  init(_ file: String, target: [String]?, _ choices: TableChoices) throws {
    self.choices = choices
    let table = try choices.spelling.read(file)
    var options = choices.options
    // What parts the rows is no feature, unless it is asked for.
    if options.features == nil { options.ignored += [choices.group].compactMap { $0 } }
    if let weight = choices.weight {
      if options.features?.contains(weight) == true {
        throw FileError(file, column: weight, "cannot be a feature and the weight of its row")
      }
      if !options.ignored.contains(weight), options.features == nil { options.ignored.append(weight) }
    }
    reading = try TableReading(table, target: target, options: options)
    other = try choices.testFile.map { try choices.spelling.read($0) }
    streamed = nil
    try choices.check(task: reading.task)
    let looked = reading
    let cells = { (name: String) in
      let position = try table.column(name)
      return table.rowIndices.map { table.category($0, position) }
    }
    if let time = choices.time, reading.targetNames.contains(time) {
      throw FileError(file, column: time, "is the target and cannot say as well when a row was")
    }
    let groups = try choices.group.map { try cells($0) }
    let targetName = reading.targetNames[0]
    let strata =
      reading.task == .classification
      ? try cells(targetName) : [String](repeating: "", count: table.rowCount)
    order = RowSplit.Order(strata: strata, groups: groups, isTime: choices.time != nil)
    weights = try choices.weight.map { try RowWeights(table, column: $0, rows: looked.rows) }
    let weights = weights
    let usable = weights?.counted(reading.rows) ?? reading.rows
    if let groups, Set(usable.map { groups[$0] }).count < 2 {
      throw FileError(file, column: choices.group, "has one value only; rows cannot be parted by it")
    }
    let ordered = try choices.time.map { try looked.rowsInTime($0) }
    (rows, timeReading) = (ordered.map { weights?.counted($0.rows) ?? $0.rows } ?? usable, ordered?.reading)
  }

  /// A table that stays on disk.
  init(streaming file: String, target: [String]?, _ choices: TableChoices, chooses: Bool) throws {
    let split = StreamSplit(testShare: choices.testFraction, chooses: chooses)
    let stream = try TableStream(
      file, target: target, options: choices.options, correcting: { choices.spelling.correct(&$0, as: nil) },
      holdingOut: split.isHeldOut)
    (self.choices, reading, streamed) = (choices, stream.reading, (stream, split))
    (other, rows, weights, timeReading) = (nil, [], nil, nil)
    order = RowSplit.Order(strata: [], groups: nil, isTime: false)
    try choices.check(task: reading.task)
  }

  /// The data of a run that is reported on rows of its own.
  func data(chooses: Bool) throws -> LabelledData {
    if let streamed { return try LabelledData(streaming: streamed.stream, streamed.split) }
    var split = RowSplit(training: rows)
    if other == nil { (split.training, split.test) = RowSplit.parted(rows, share: choices.testFraction, order) }
    guard other != nil || !split.test.isEmpty else {
      let isUsual = reading.task == .classification && choices.testFraction == 0.2
      throw FileError(
        reading.table.file,
        isUsual
          ? "has too few rows: every fifth row of a label is kept for testing, and no label has five"
          : "has too few rows to keep some for testing; --test-fraction says how many")
    }
    return try LabelledData(choosing(split, chooses), of: reading, testedOn: other, weights)
  }

  /// The data of each fold, and of the run on all rows that comes after them.
  func folds(_ count: Int, chooses: Bool) throws -> (folds: [LabelledData], all: LabelledData) {
    guard rows.count >= 2 * count else {
      throw FileError(reading.table.file, "has \(rows.count) rows, too few for \(count) folds")
    }
    let tests = RowSplit.folds(count, of: rows, order)
    guard tests.allSatisfy({ !$0.isEmpty && $0.count < rows.count }) else {
      throw FileError(reading.table.file, column: choices.group, "has too few values for \(count) folds")
    }
    let folds = try tests.map { test in
      let inside = Set(test)
      let split = RowSplit(training: rows.filter { !inside.contains($0) }, test: test)
      return try LabelledData(choosing(split, chooses), of: reading, testedOn: nil, weights)
    }
    return (folds, try LabelledData(choosing(RowSplit(training: rows), chooses), of: reading, testedOn: nil, weights))
  }

  /// Sets rows to choose by apart from those to learn from.
  /// - Throws: where there are too few for both.
  private func choosing(_ split: RowSplit, _ chooses: Bool) throws -> RowSplit {
    guard chooses else { return split }
    var split = split
    let rows = split.training
    (split.training, split.validation) = RowSplit.parted(rows, share: 0.2, order)
    if split.validation.isEmpty {  // no class is large enough to give one away
      let all = RowSplit.Order(strata: order.strata.map { _ in "" }, groups: order.groups, isTime: order.isTime)
      (split.training, split.validation) = RowSplit.parted(rows, share: 0.2, all)
    }
    guard !split.training.isEmpty, !split.validation.isEmpty else {
      throw FileError(
        reading.table.file, "has too few rows to set some apart that decide when to stop; give --epochs N")
    }
    return split
  }

  // MARK: Words

  /// What is said before training: how the file was read, what each column is, what is predicted and why.
  var text: String {
    let table = reading.table
    let count = streamed.map { $0.stream.count + $0.stream.withoutTarget } ?? table.rowCount
    var lines = ["\(table.file): \(count) rows, \(table.columns.count) columns\(dialectWords)"]
    if streamed != nil {
      lines.append(
        "the table stays on disk; columns are told from \(table.rowCount) rows of it (--stream no reads it whole)")
    }
    lines.append("")
    let head = ["column", "kind", "missing", "examples"]
    let shown =
      reading.profiles.count > Self.mostShown ? reading.profiles.prefix(Self.mostShown - 10) : reading.profiles[...]
    let rows = shown.map { profile in
      [
        profile.name, profile.kind.rawValue, profile.missing == 0 ? "" : "\(profile.missing)",
        profile.examples.map(Self.example).joined(separator: ", ")
          + (profile.notes.isEmpty ? "" : "  (\(profile.notes.joined(separator: "; ")))"),
      ]
    }
    let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
    for cells in [head] + rows {
      let padded = zip(cells, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
      lines.append("  " + padded.trimmingEnd())
    }
    let others = Dictionary(grouping: reading.profiles.dropFirst(shown.count), by: \.kind)
    if !others.isEmpty {
      let kinds = others.map { "\($0.value.count) \($0.key.rawValue)" }.sorted().joined(separator: ", ")
      lines.append("  … and \(reading.profiles.count - shown.count) more columns: \(kinds)")
    }
    lines.append("")
    let why = reading.reason.isEmpty ? "" : " (\(reading.reason); --task says otherwise)"
    lines.append("predicts \(reading.targetNames.joined(separator: ", ")): \(reading.task.rawValue)\(why)")
    if let time = choices.time, let timeReading {
      lines.append("the latest rows by \(time) are for testing (read as \(timeReading))")
    }
    let weightless = reading.rows.count - (weights?.counted(reading.rows).count ?? reading.rows.count)
    for (count, what) in [
      (streamed?.stream.withoutTarget ?? reading.withoutTarget, "without a target"),
      (reading.withGaps, "with a missing cell"),
      (weightless, "of weight 0"),
    ]
    where count > 0 { lines.append(count == 1 ? "1 row \(what) is left out" : "\(count) rows \(what) are left out") }
    return lines.joined(separator: "\n")
  }

  /// So many columns are listed one by one at most.
  private static let mostShown = 60

  /// A cell in a line of the list.
  private static func example(_ cell: String) -> String {
    let line = String(cell.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    return line.count > 14 ? line.prefix(13) + "…" : line
  }

  private var dialectWords: String {
    let dialect = reading.table.dialect
    var words: [String] = []
    if dialect.delimiter != .comma { words.append("cells between \(dialect.delimiter.rawValue)s") }
    if dialect.hasDecimalComma { words.append("decimal commas") }
    if dialect.encoding != .utf8 { words.append("written in \(dialect.encoding.rawValue)") }
    if !reading.table.hasNames { words.append("no line of names") }
    return words.isEmpty ? "" : "; " + words.joined(separator: ", ")
  }
}

extension String {
  /// The text without spaces at its end.
  fileprivate func trimmingEnd() -> String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
