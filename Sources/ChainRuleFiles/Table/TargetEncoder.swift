import ChainRuleCore
import ChainRuleTraining

/// What is to be predicted: a number, one class of several, or several labels that are each there or not.
public enum TableTask: String, Sendable, Codable, CaseIterable {
  /// A number.
  case regression
  /// One class of several.
  case classification
  /// Labels that are each there or not.
  case multilabel
}

/// How the target of a table becomes numbers, and outputs of a model become texts.
public enum TargetEncoder: Sendable, Codable, Hashable {
  /// A number, scaled to mean 0 and deviation 1 over the fitted rows.
  case number(column: String, mean: Double, deviation: Double)
  /// One of these classes, by index.
  case classes(column: String, names: [String])
  /// Columns of 0 and 1, or no and yes.
  case labels(columns: [String])

  /// The columns of the target.
  public var columns: [String] {
    switch self {
    case .number(let column, _, _), .classes(let column, _): [column]
    case .labels(let columns): columns
    }
  }

  /// What is predicted.
  public var task: TableTask {
    switch self {
    case .number: .regression
    case .classes: .classification
    case .labels: .multilabel
    }
  }

  /// How many numbers a model says for each row.
  public var outputCount: Int {
    switch self {
    case .number: 1
    case .classes(_, let names): names.count
    case .labels(let columns): columns.count
    }
  }

  /// The names of the classes; empty where there are none.
  public var classNames: [String] {
    if case .classes(_, let names) = self { names } else { [] }
  }

  static let mostClasses = 1000

  /// Whether a target that was read from a file can be used.
  var isSound: Bool {
    switch self {
    case .number(_, let mean, let deviation): mean.isFinite && deviation.isFinite && deviation > 0
    case .classes(_, let names): names.count > 1 && names.count <= Self.mostClasses && Set(names).count == names.count
    case .labels(let columns): !columns.isEmpty && Set(columns).count == columns.count
    }
  }

  // MARK: Fitting

  /// What a column of targets is when nobody says so, and why: texts and yes/no are classes, and so are whole numbers
  /// that count up from 0 or 1 or come back often; other numbers are numbers.
  /// - Throws: a `FileError` for a few texts among many different numbers.
  static func task(of table: CSVTable, _ position: Int, rows: [Int]) throws -> (TableTask, reason: String) {
    let numbers = rows.compactMap { table.value($0, position) }
    let name = table.columns[position]
    if numbers.count < rows.count, 2 * numbers.count >= rows.count, Set(numbers).count > 20,
      let wrong = rows.first(where: { table.value($0, position) == nil })
    {
      throw table.reader.wrong(
        "a number is needed, as most are, not \(CSVColumns.quoted(table.cell(wrong, position))); --task classification "
          + "takes all as texts", line: table.line(of: wrong), column: position)
    }
    guard numbers.count == rows.count else { return (.classification, "\(name) holds texts") }
    let distinct = Set(numbers).sorted()
    let isWhole = distinct.allSatisfy { $0 == $0.rounded() }
    let isCount =
      (distinct.first == 0 || distinct.first == 1) && distinct.count > 1
      && zip(distinct, distinct.dropFirst()).allSatisfy { $1 - $0 == 1 }
    if isWhole, distinct.count <= 20, isCount || distinct.count * 20 <= rows.count || distinct.count == 1 {
      return (.classification, "\(name) holds \(distinct.count) different whole numbers")
    }
    return (.regression, "\(name) holds \(distinct.count) different numbers")
  }

  static func fit(_ task: TableTask, _ table: CSVTable, _ positions: [Int], rows: [Int]) throws -> TargetEncoder {
    let names = positions.map { table.columns[$0] }
    switch task {
    case .multilabel:
      for position in positions {
        for row in rows { _ = try label(table, row, position) }
      }
      return .labels(columns: names)
    case .classification:
      let cells = oneSpelling(Set(rows.map { ColumnEncoder.category(table.text($0, positions[0])) }))
      guard cells.count > 1 else {
        throw FileError(
          table.file, column: names[0],
          "has only one class, \(CSVColumns.quoted(cells.first ?? "")); two are needed to be told apart")
      }
      guard cells.count <= mostClasses else {
        throw FileError(
          table.file, column: names[0], "\(cells.count) different classes; at most \(mostClasses) are allowed")
      }
      let areNumbers = cells.allSatisfy { Double($0) != nil }
      let classes = cells.sorted { areNumbers ? Double($0) ?? 0 < Double($1) ?? 0 : $0 < $1 }
      return .classes(column: names[0], names: classes)
    case .regression:
      _ = try table.unit(of: positions[0], rows: rows)
      let numbers = try rows.map { try table.number($0, positions[0], finite: true) }
      if let row = zip(rows, numbers).first(where: { abs($0.1) > 1e150 }) {
        throw table.reader.wrong(
          "a number up to 1e150 is needed, whose square is one, not \(CSVColumns.quoted(table.cell(row.0, positions[0]))); "
            + "write the column in a larger unit", line: table.line(of: row.0), column: positions[0])
      }
      let scale = try Standardization(fittedTo: Tensor(shape: [numbers.count, 1], numbers))
      return .number(column: names[0], mean: scale.means[0], deviation: scale.deviations[0])
    }
  }

  /// Yes and no in one spelling each, where all classes are such words: Yes and yes are one class.
  private static func oneSpelling(_ cells: Set<String>) -> Set<String> {
    let words = Set(cells.map { $0.lowercased() })
    return words.count < cells.count && words.isSubset(of: CSVTable.yesWords.union(CSVTable.noWords)) ? words : cells
  }

  private static func label(_ table: CSVTable, _ row: Int, _ column: Int) throws -> Double {
    let cell = table.text(row, column).lowercased()
    if CSVTable.yesWords.contains(cell) || table.reader.value(cell) == 1 { return 1 }
    if CSVTable.noWords.contains(cell) || table.reader.value(cell) == 0 { return 0 }
    throw table.reader.wrong(
      "a label of several is 0 or 1, no or yes, not \(CSVColumns.quoted(table.cell(row, column)))",
      line: table.line(of: row), column: column)
  }

  // MARK: Encoding

  /// The targets of some rows: class indices `[rows]`, scaled numbers `[rows, 1]` or labels `[rows, labels]`.
  func targets(of table: CSVTable, _ positions: [Int], rows: [Int]) throws -> Tensor {
    switch self {
    case .number(_, let mean, let deviation):
      let numbers = try rows.map { (try table.number($0, positions[0], finite: true) - mean) / deviation }
      return Tensor(shape: [rows.count, 1], numbers)
    case .classes(_, let names):
      var indices: [String: Int] = [:]
      for (index, name) in names.enumerated() { indices[name] = index }
      let areWords = Set(names).isSubset(of: CSVTable.yesWords.union(CSVTable.noWords))
      return Tensor(
        indices: try rows.map { row in
          let text = ColumnEncoder.category(table.text(row, positions[0]))
          guard let index = indices[text] ?? (areWords ? indices[text.lowercased()] : nil) else {
            let all = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
            throw table.reader.wrong(
              "\(CSVColumns.quoted(table.cell(row, positions[0]))) is none of the classes \(all)",
              line: table.line(of: row), column: positions[0])
          }
          return index
        })
    case .labels:
      let values = try rows.flatMap { row in try positions.map { try Self.label(table, row, $0) } }
      return Tensor(shape: [rows.count, positions.count], values)
    }
  }
}
