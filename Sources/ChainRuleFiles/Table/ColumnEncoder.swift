import ChainRuleCore
import ChainRuleTraining

/// How one column becomes features: numbers, dates and yes/no with mean 0 and deviation 1 over the rows it was fitted
/// to, a category as one feature for each of its texts. What is missing becomes the median and, where that occurred
/// among the fitted rows, a feature that says so; a text that did not occur is none of the texts.
public struct ColumnEncoder: Sendable, Codable, Hashable {
  /// The name of the column.
  public let name: String
  /// What its cells are.
  public let kind: ColumnKind
  /// Over the fitted rows; a constant column has deviation 1. 0 and 1 for a category.
  public let mean: Double, deviation: Double
  /// What stands for a missing number.
  public let median: Double
  /// Whether cells were missing among the fitted rows.
  public let hadGaps: Bool
  /// The texts of a category, in order.
  public let values: [String]
  let dates: DateReader?
  /// What stood beside the numbers, as in `12 %`; nil for nothing, and in files from before units were read.
  let unit: String?

  /// What the features of the column are called: the column, `column=text`, `column is missing`.
  public var featureNames: [String] {
    (kind == .category ? values.map { "\(name)=\($0)" } : [name]) + (hadGaps ? ["\(name) is missing"] : [])
  }

  static let mostValues = 1000

  init(_ profile: ColumnProfile, of table: CSVTable, at position: Int, rows: [Int]) throws {
    (name, kind, dates) = (profile.name, profile.kind, profile.dates)
    let present = rows.filter { !table.isMissing($0, position) }
    let found = kind == .number ? try table.unit(of: position, rows: present) : ""
    unit = found.isEmpty ? nil : found
    hadGaps = present.count < rows.count
    guard kind != .category else {
      (mean, deviation, median) = (0, 1, 0)
      values = Set(present.map { Self.category(table.text($0, position)) }).sorted()
      try Self.checkCount(values, table.file, name)
      return
    }
    values = []
    let (kind, dates) = (kind, dates)  // self is not whole yet
    let numbers = try present.map { try Self.number(table, $0, position, kind, dates, found) }
    let middle = numbers.sorted()
    let half = middle.count / 2
    let center =
      middle.isEmpty ? 0 : middle.count.isMultiple(of: 2) ? (middle[half - 1] + middle[half]) / 2 : middle[half]
    let filled = numbers + [Double](repeating: center, count: rows.count - numbers.count)
    let scale = try Standardization(fittedTo: Tensor(shape: [filled.count, 1], filled))
    (median, mean, deviation) = (center, scale.means[0], scale.deviations[0])
  }

  /// A column of numbers without a feature for gaps, which are filled in.
  init(number name: String, mean: Double, deviation: Double, filler: Double? = nil, unit: String? = nil) {
    (self.name, kind, self.mean, self.deviation, median) = (name, .number, mean, deviation, filler ?? mean)
    (hadGaps, values, dates, self.unit) = (false, [], nil, unit)
  }

  /// A column of texts without a feature for gaps, which are none of the texts.
  init(category name: String, values: [String], file: String) throws {
    (self.name, kind, mean, deviation, median) = (name, .category, 0, 1, 0)
    (hadGaps, self.values, dates, unit) = (false, values, nil, nil)
    try Self.checkCount(values, file, name)
  }

  private static func checkCount(_ values: [String], _ file: String, _ name: String) throws {
    guard values.count <= mostValues else {
      throw FileError(file, column: name, "\(values.count) different texts; at most \(mostValues) become features")
    }
  }

  /// Texts that name one category whatever their number looks like: `1.0` and `1` are the same.
  static func category(_ text: String) -> String {
    guard let number = Double(text), let whole = Int(exactly: number), text.contains(".") else { return text }
    return "\(whole)"
  }

  private static func number(
    _ table: CSVTable, _ row: Int, _ column: Int, _ kind: ColumnKind, _ dates: DateReader?, _ unit: String
  ) throws -> Double {
    if kind == .number, unit != "%", unit != "‰", let number = table.plainNumber(row, column) { return number }
    let cell = table.text(row, column)
    switch kind {
    case .date:
      guard let days = dates?.days(cell) else {
        throw table.reader.wrong(
          "a date is needed, not \(CSVColumns.quoted(cell))", line: table.line(of: row), column: column)
      }
      return days
    case .yesNo:
      if CSVTable.yesWords.contains(cell.lowercased()) { return 1 }
      if CSVTable.noWords.contains(cell.lowercased()) { return 0 }
      throw table.reader.wrong(
        "yes or no is needed, not \(CSVColumns.quoted(cell))", line: table.line(of: row), column: column)
    case .number, .category, .ignored:
      let found = CSVDialect.unit(of: cell)
      // A sum of money may lack its mark; a share without one may be a hundred times another.
      guard found == unit || found.isEmpty && unit != "%" && unit != "‰" else {
        throw table.reader.wrong(
          "a number \(unit.isEmpty ? "without a unit" : "in \(unit)") is needed, as in the training, not "
            + CSVColumns.quoted(cell), line: table.line(of: row), column: column)
      }
      return try table.number(row, column, finite: true)
    }
  }

  /// The features of one row, appended.
  /// - Returns: whether the cell is a text that did not occur among the fitted rows.
  func encode(_ table: CSVTable, _ row: Int, _ column: Int, into features: inout [Double]) throws -> Bool {
    let isMissing = table.isMissing(row, column)
    var isUnknown = false
    if kind == .category {
      let place = isMissing ? nil : place(of: table.category(row, column))
      isUnknown = place == nil && !isMissing
      for index in values.indices { features.append(index == place ? 1 : 0) }
    } else {
      let number = isMissing ? median : try Self.number(table, row, column, kind, dates, unit ?? "")
      features.append((number - mean) / deviation)
    }
    if hadGaps { features.append(isMissing ? 1 : 0) }
    return isUnknown
  }

  /// The position of a text among the values, which are sorted.
  private func place(of text: String) -> Int? {
    var low = 0, high = values.count
    while low < high {
      let middle = (low + high) / 2
      if values[middle] < text { low = middle + 1 } else { high = middle }
    }
    return low < values.count && values[low] == text ? low : nil
  }

  /// Whether an encoder that was read from a file can be used.
  var isSound: Bool {
    let isNumeric = mean.isFinite && deviation.isFinite && deviation > 0 && (1 / deviation).isFinite && median.isFinite
    return isNumeric && kind != .ignored && (kind != .date || dates != nil) && values.count <= Self.mostValues
      && zip(values, values.dropFirst()).allSatisfy(<) && (kind == .category || values.isEmpty)
  }
}
