import ChainRuleCore
import ChainRuleTraining

/// What to do with cells that are empty or say NA, ?, null, none, nan. A missing target is never filled in; in a column
/// of text a missing cell is none of the texts, whatever numbers are filled with.
public enum MissingValues: Sendable, Equatable {
  /// An error that lists the first lines.
  case areMistakes
  /// The row is left out.
  case dropRow
  /// The mean of the column's other cells, which must not be missing all.
  case columnMean
  /// This number.
  case value(Double)
}

extension Dataset {
  /// Rows of a CSV file: columns of numbers become features, columns of text become one feature for each of their
  /// values; the target column becomes class indices, or a number where `isRegression`.
  ///
  /// - Parameters:
  ///   - target: the name of the target column; the last one by default.
  ///   - features: the columns to use; all others by default.
  ///   - hasNames: whether the first line holds names; told by the cells where nothing is said.
  ///   - classNames: the classes that there are, in the order of their indices: those of the first table, for a second
  ///     one of the same problem, in which another class is then a mistake.
  /// - Throws: a `FileError` that names file, line and column.
  public init(
    csv path: String, target: String? = nil, features: [String]? = nil, isRegression: Bool = false,
    missing: MissingValues = .areMistakes, hasNames: Bool? = nil, classNames: [String]? = nil
  ) throws {
    try self.init(
      CSVTable(contentsOf: path, hasNames: hasNames), target: target, features: features, isRegression: isRegression,
      missing: missing,
      classNames: classNames)
  }

  /// The same from a table that was read before.
  /// - Throws: a `FileError` that names file, line and column.
  public init(
    _ table: CSVTable, target: String? = nil, features: [String]? = nil, isRegression: Bool = false,
    missing: MissingValues = .areMistakes, classNames: [String]? = nil
  ) throws {
    let targetPosition = try target.map { try table.column($0) } ?? table.columns.count - 1
    let positions =
      try features?.map { try table.column($0) } ?? table.columns.indices.filter { $0 != targetPosition }
    guard !positions.isEmpty else { throw FileError(table.file, "has no column of features beside the target") }
    let kept = try table.rowsToKeep(positions + [targetPosition], missing, target: targetPosition)
    let encoder = TableEncoder(
      columns: try positions.map { try table.unscaledColumn($0, rows: kept, missing) },
      target: .number(column: table.columns[targetPosition], mean: 0, deviation: 1))
    let inputs = try encoder.encoded(table, at: positions, rows: kept).features
    if isRegression {
      try self.init(
        inputs: inputs, targets: encoder.target.targets(of: table, [targetPosition], rows: kept))
    } else {
      let (labels, names) = try table.classes(in: targetPosition, rows: kept, known: classNames)
      try self.init(inputs: inputs, targets: Tensor(indices: labels), classNames: names)
    }
  }
}

extension CSVTable {
  /// The rows to use. A missing target is never filled in.
  fileprivate func rowsToKeep(_ positions: [Int], _ missing: MissingValues, target: Int) throws -> [Int] {
    let gaps = rowIndices.flatMap { row in
      positions.filter { isMissing(row, $0) }.map { (row: row, column: $0) }
    }
    if missing == .dropRow {
      let dropped = Set(gaps.map(\.row))
      let kept = rowIndices.filter { !dropped.contains($0) }
      guard !kept.isEmpty else { throw FileError(file, "has a missing value in every row") }
      return kept
    }
    let wrong = missing == .areMistakes ? gaps : gaps.filter { $0.column == target }
    if let first = wrong.first {
      let places = wrong.prefix(5).map { "line \(line(of: $0.row)) (\(columns[$0.column]))" }
      let more = wrong.count > 5 ? " and \(wrong.count - 5) more" : ""
      throw FileError(
        file, line: line(of: first.row), column: columns[first.column],
        "\(wrong.count) missing value\(wrong.count == 1 ? "" : "s"): \(places.joined(separator: ", "))\(more)")
    }
    return Array(rowIndices)
  }

  /// How a column becomes features: its numbers as they are, or a feature for each text that occurs.
  fileprivate func unscaledColumn(_ column: Int, rows kept: [Int], _ missing: MissingValues) throws -> ColumnEncoder {
    let present = kept.filter { !isMissing($0, column) }
    if !present.isEmpty, present.allSatisfy({ !isNumber($0, column) }) {
      let values = Set(present.map { category($0, column) }).sorted()
      return try ColumnEncoder(category: columns[column], values: values, file: file)
    }
    let filler = present.count < kept.count ? try filler(column, numbers(of: present, in: column), missing) : 0
    let unit = try unit(of: column, rows: present)
    return ColumnEncoder(number: columns[column], mean: 0, deviation: 1, filler: filler, unit: unit)
  }

  /// What stands in the place of a column's missing numbers.
  private func filler(_ column: Int, _ numbers: [Double], _ missing: MissingValues) throws -> Double {
    switch missing {
    case .value(let value): return value
    case .columnMean:
      guard !numbers.isEmpty else {
        throw FileError(file, column: columns[column], "has no number in any row, so there is no mean to fill in")
      }
      return numbers.reduce(0, +) / Double(numbers.count)
    case .areMistakes, .dropRow:
      throw FileError(file, column: columns[column], "has a missing value that was not to be filled in")
    }
  }
}
