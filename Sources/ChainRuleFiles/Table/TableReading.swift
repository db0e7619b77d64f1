import ChainRuleCore

/// A table, what is to be predicted from it, and what was found out about its columns: what comes before a fit.
public struct TableReading: Sendable {
  /// The table.
  public let table: CSVTable
  /// What is predicted, and why that was taken to be so.
  public let task: TableTask
  /// Why the task is what it is, in words; empty where it was given.
  public let reason: String
  /// The columns of features and what they are, those that are left out included.
  public private(set) var profiles: [ColumnProfile]
  /// The rows that can be used: all, but those without a target, and those with any gap where that is asked for.
  public let rows: [Int]
  /// How many rows were left out for a missing target, and for another missing cell.
  public let withoutTarget: Int, withGaps: Int
  /// The unit of the numbers that are predicted (`%`, `$`); empty where there is none.
  public var targetUnit: String {
    task == .regression ? (try? table.unit(of: targets[0], rows: rows)) ?? "" : ""
  }
  let targets: [Int]
  private let features: [Int]

  /// Looks at a table.
  /// - Parameter target: the columns to predict; the last one by default.
  /// - Throws: a `FileError` that names file, line and column.
  public init(_ table: CSVTable, target: [String]? = nil, options: TableEncoder.Options = .init()) throws {
    self.table = table
    let targets = try target.map { try $0.map { try table.column($0) } } ?? [table.lastNamedColumn]
    guard !targets.isEmpty, targets.allSatisfy({ $0 >= 0 }) else {
      throw FileError(table.file, "has no target: name the column that is to be predicted")
    }
    for name in options.ignored { _ = try table.column(name) }
    try Self.refuseContradictions(table, targets, options)
    let features =
      try options.features?.map { try table.column($0) }
      ?? table.columns.indices.filter { !targets.contains($0) && !options.ignored.contains(table.columns[$0]) }
    guard !features.isEmpty else {
      throw FileError(
        table.file,
        table.columns.count == 1
          ? "has only one column; features and a label are needed"
          : "has no column to learn from: all beside the target are left out by --ignore")
    }
    (self.targets, self.features) = (targets, features)
    try Self.refuseGaps(table, targets + features, options.missing)
    let labelled = table.rowIndices.filter { row in !targets.contains { table.isMissing(row, $0) } }
    rows =
      options.missing == .drop
      ? labelled.filter { row in !features.contains { table.isMissing(row, $0) } } : labelled
    (withoutTarget, withGaps) = (table.rowCount - labelled.count, labelled.count - rows.count)
    guard !rows.isEmpty else {
      throw FileError(
        table.file, column: targets.count == 1 && options.missing == .fill ? table.columns[targets[0]] : nil,
        "has a missing value in every row")
    }
    if let task = options.task {
      (self.task, reason) = (task, "")
    } else if targets.count > 1 {
      (task, reason) = (.multilabel, "there are \(targets.count) target columns")
    } else {
      (task, reason) = try TargetEncoder.task(of: table, targets[0], rows: rows)
    }
    guard task == .multilabel || targets.count == 1 else {
      throw FileError(table.file, "\(targets.count) target columns belong to the task multilabel, not \(task.rawValue)")
    }
    let rows = rows
    var kinds = options.kinds
    profiles = try table.profile(kinds: kinds, rows: rows, columns: features)
    if profiles.allSatisfy({ $0.kind == .ignored }) {
      // Where nothing else is left, numbers that count the rows are what there is to learn from.
      for (profile, position) in zip(profiles, features)
      where profile.notes.contains(where: { $0.hasPrefix("left out: it counts the rows") })
        && kinds[profile.name] == nil
        && rows.allSatisfy({ table.isNumber($0, position) })
      {
        kinds[profile.name] = .number
      }
      profiles = try table.profile(kinds: kinds, rows: rows, columns: features)
    }
    for index in profiles.indices where profiles[index].kind != .ignored {
      if let note = leak(features[index]) { profiles[index].notes.append(note) }
    }
  }

  /// Refuses what is said of one column in two ways.
  private static func refuseContradictions(_ table: CSVTable, _ targets: [Int], _ options: TableEncoder.Options) throws
  {
    let ignored = Set(options.ignored), features = options.features.map { Set($0) }
    func refuse(_ name: String, _ words: String) throws { throw FileError(table.file, column: name, words) }
    for name in targets.map({ table.columns[$0] }) {
      if features?.contains(name) == true { try refuse(name, "cannot be a feature and the target") }
      if ignored.contains(name) { try refuse(name, "cannot be left out, for it is the target") }
      if let kind = options.kinds[name] {
        try refuse(name, "is the target and takes no kind (\(kind.rawValue)); the task says what it is: \(tasks)")
      }
    }
    if let both = features?.intersection(ignored).min() { try refuse(both, "cannot be a feature and be left out") }
    for (name, kind) in options.kinds.sorted(by: { $0.key < $1.key }) {
      _ = try table.column(name)
      if kind == .ignored, features?.contains(name) == true { try refuse(name, "cannot be a feature and be left out") }
      if kind != .ignored, ignored.contains(name) || features?.contains(name) == false {
        try refuse(name, "is said to be of kind \(kind.rawValue) and is left out")
      }
    }
  }

  private static let tasks = TableTask.allCases.map(\.rawValue).joined(separator: ", ")

  private static func refuseGaps(_ table: CSVTable, _ columns: [Int], _ missing: TableEncoder.Missing) throws {
    guard missing == .error else { return }
    let gaps = table.rowIndices.flatMap { row in
      columns.filter { table.isMissing(row, $0) }.map { (row: row, column: $0) }
    }
    guard let first = gaps.first else { return }
    let places = gaps.prefix(5).map { "line \(table.line(of: $0.row)) (\(table.columns[$0.column]))" }
    let more = gaps.count > 5 ? " and \(gaps.count - 5) more" : ""
    throw FileError(
      table.file, line: table.line(of: first.row), column: table.columns[first.column],
      "\(gaps.count) missing value\(gaps.count == 1 ? "" : "s"): \(places.joined(separator: ", "))\(more)")
  }

  /// Learns from some of the rows.
  /// - Parameters:
  ///   - chosen: the rows to learn from; all by default.
  ///   - known: the rows whose classes there are, be they learnt from or not; all by default.
  /// - Throws: a `FileError` where no column can be used, or the target has one class.
  public func fit(rows chosen: [Int]? = nil, classesOf known: [Int]? = nil) throws -> TableEncoder {
    let rows = chosen ?? self.rows
    let columns = try zip(profiles, features).filter { $0.0.kind != .ignored }.map {
      try ColumnEncoder($0, of: table, at: $1, rows: rows)
    }
    guard !columns.isEmpty else { throw FileError(table.file, "has no column to learn from: " + reasons) }
    // Classes are those of more rows, so that a rare one does not depend on where it fell.
    return TableEncoder(
      columns: columns,
      target: try .fit(task, table, targets, rows: task == .regression ? rows : known ?? self.rows))
  }

  /// Why each column is left out.
  private var reasons: String {
    profiles.map { profile in
      let note = profile.notes.first.map { $0.replacing("left out: ", with: "") } ?? "said to be ignored"
      return "\(profile.name): \(note)"
    }.joined(separator: "; ")
  }

  /// Whether a column says what the target says, in words: the same value, or one that decides it, and often enough to
  /// be no accident.
  private func leak(_ column: Int) -> String? {
    guard targets.count == 1, rows.count >= 20 else { return nil }
    let name = table.columns[targets[0]]
    if task == .regression {
      let numbers = rows.compactMap { row in
        table.value(row, column).flatMap { x in table.value(row, targets[0]).map { (x, $0) } }
      }
      guard numbers.count == rows.count, Self.correlation(numbers) > 0.9999 else { return nil }
      return "tells \(name) almost exactly: is it known before?"
    }
    // What each value says, until one says two things or there are too many.
    var said: [String: String] = [:]
    for row in rows {
      let (value, label) = (table.text(row, column), table.text(row, targets[0]))
      guard let known = said[value] else {
        said[value] = label
        guard said.count * 4 <= rows.count else { return nil }
        continue
      }
      guard known == label else { return nil }
    }
    return said.count > 1 ? "decides \(name) alone: is it known before?" : nil
  }

  private static func correlation(_ pairs: [(Double, Double)]) -> Double {
    let count = Double(pairs.count)
    let (a, b) = (pairs.reduce(0) { $0 + $1.0 } / count, pairs.reduce(0) { $0 + $1.1 } / count)
    let (x, y, both) = pairs.reduce((0.0, 0.0, 0.0)) {
      let (d, e) = ($1.0 - a, $1.1 - b)
      return ($0.0 + d * d, $0.1 + e * e, $0.2 + d * e)
    }
    return x > 0 && y > 0 ? abs(both) / (x * y).squareRoot() : 0
  }
}

extension TableReading {
  /// The names of the columns that are predicted.
  public var targetNames: [String] { targets.map { table.columns[$0] } }

  /// The rows that can be used, sorted by a column of numbers or dates, and how those are read, in words; rows of one
  /// time stay as they stand.
  /// - Throws: a `FileError` where there is no such column, a row has no value in it, or one that is no time.
  public func rowsInTime(_ name: String) throws -> (rows: [Int], reading: String) {
    let column = try table.column(name)
    if let gap = rows.first(where: { table.isMissing($0, column) }) {
      throw table.reader.wrong("a time is needed, not a missing cell", line: table.line(of: gap), column: column)
    }
    let cells = rows.map { table.text($0, column) }
    let numbers = cells.compactMap { table.reader.value($0) }
    if numbers.count == cells.count { return (sorted(by: numbers), "numbers") }
    let orders = DateReader.orders(of: cells)
    if let order = orders.first {
      let days = cells.compactMap { DateReader(order).days($0) }
      return (sorted(by: days), "dates, \(DateReader(order).words)")
    }
    let wrong = zip(rows, cells).first { row, cell in
      table.reader.value(cell) == nil && DateReader.orders(of: [cell]).isEmpty
    }
    guard let (row, cell) = wrong else {
      throw FileError(
        table.file, column: name,
        "holds dates and numbers, or dates in several orders; a time is one of them throughout")
    }
    throw table.reader.wrong(
      "a time is a number or a date as 2024-02-29, 29.02.2024 or 2/29/2024 13:45, not \(CSVColumns.quoted(cell))",
      line: table.line(of: row), column: column)
  }

  private func sorted<Key: Comparable>(by keys: [Key]) -> [Int] {
    keys.indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] < keys[$1] }.map { rows[$0] }
  }
}

extension CSVTable {
  /// The last column; where lines end in a delimiter there is one more, without a name and without a cell.
  var lastNamedColumn: Int {
    let last = columns.count - 1
    let isEmpty =
      last > 0 && hasNames && columns[last] == "\(last + 1)" && rowIndices.allSatisfy { isMissing($0, last) }
    return isEmpty ? last - 1 : last
  }
}
