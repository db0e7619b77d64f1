/// A table of comma-separated values, cell by cell as text (RFC 4180: quotes, doubled quotes, line ends of any kind).
///
/// ```swift
/// let table = try CSVTable(contentsOf: "iris.csv")
/// let features = try table.numbers(in: ["sepal_length", "petal_length"])
/// ```
public struct CSVTable: Sendable {
  public let file: String
  /// The names in the first line; `1`, `2`, … where the first line holds numbers already.
  public let columns: [String]
  /// Whether the first line held names.
  public let hasNames: Bool
  public let rows: [[String]]
  /// The line of the file on which each row starts.
  let lines: [Int]

  /// The line of the file on which a row starts.
  public func line(of row: Int) -> Int { lines[row] }

  public init(contentsOf file: String) throws {
    try self.init(String(decoding: bytes(ofFile: file), as: UTF8.self), file: file)
  }

  /// Reads a text; `file` is what messages call it.
  /// - Throws: a ``FileError`` for an empty file, a quote that is never closed, a line with too few or too many cells.
  public init(_ text: String, file: String) throws {
    self.file = file
    var records = try Self.records(text, file)
    guard let first = records.first else {
      throw FileError(file, "is empty; a table has a line of column names and rows")
    }
    hasNames = !first.cells.allSatisfy { Double(trimmed($0)) != nil }
    columns = hasNames ? first.cells.map(trimmed) : first.cells.indices.map { "\($0 + 1)" }
    if hasNames { records.removeFirst() }
    for record in records where record.cells.count != columns.count {
      throw FileError(
        file, line: record.line, "\(record.cells.count) cells where the first line has \(columns.count) columns")
    }
    guard !records.isEmpty else { throw FileError(file, "has column names but no rows") }
    rows = records.map(\.cells)
    lines = records.map(\.line)
  }

  /// The position of a column by name.
  public func column(_ name: String) throws -> Int {
    if let position = columns.firstIndex(of: name) {
      guard let other = columns[(position + 1)...].firstIndex(of: name) else { return position }
      throw FileError(file, "has two columns '\(name)', \(position + 1) and \(other + 1); give each a name of its own")
    }
    let shown = columns.prefix(12).joined(separator: ", ") + (columns.count > 12 ? ", …" : "")
    throw FileError(file, "has no column '\(name)'; its columns are \(shown)")
  }

  /// Columns as numbers, row after row. Empty cells are mistakes; `nan` and `inf` are numbers unless `finite` ones are
  /// wanted.
  public func numbers(in positions: [Int], finite: Bool = false) throws -> [Double] {
    var numbers: [Double] = []
    numbers.reserveCapacity(rows.count * positions.count)
    for (row, cells) in rows.enumerated() {
      for position in positions {
        guard let number = Double(trimmed(cells[position])) else {
          throw wrong(row, position, "a number is needed, not \(quoted(cells[position]))")
        }
        guard number.isFinite || !finite else {
          throw wrong(row, position, "a finite number is needed, not \(quoted(cells[position]))")
        }
        numbers.append(number)
      }
    }
    return numbers
  }

  /// A column of classes: whole numbers from 0 below `count`, or names, numbered in alphabetical order.
  /// - Parameter known: the classes that there are, if that is settled already.
  public func classes(in position: Int, known: [String]? = nil, limit: Int = 1000) throws -> (
    labels: [Int], names: [String]
  ) {
    let cells = rows.map { trimmed($0[position]) }
    let areNumbers = known?.allSatisfy { Double($0) != nil } ?? cells.contains { Double($0) != nil }
    guard areNumbers else {
      let names = known ?? Set(cells).sorted()
      let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      let labels = try cells.enumerated().map { row, cell in
        guard let label = numbers[cell], !cell.isEmpty else {
          throw wrong(row, position, "\(quoted(cell)) is none of the classes \(names.joined(separator: ", "))")
        }
        return label
      }
      guard names.count <= limit else {
        throw FileError(
          file, column: columns[position], "\(names.count) different classes; at most \(limit) are allowed")
      }
      return (labels, names)
    }
    let count = known?.count ?? limit
    let labels = try cells.enumerated().map { row, cell in
      guard let label = Double(cell).flatMap({ Int(exactly: $0) }), label >= 0, label < count else {
        throw wrong(row, position, "a label is a whole number from 0 to \(count - 1), not \(quoted(cell))")
      }
      return label
    }
    return (labels, known ?? (0...(labels.max() ?? 0)).map(String.init))
  }

  private func wrong(_ row: Int, _ position: Int, _ message: String) -> FileError {
    FileError(file, line: lines[row], column: columns[position], message)
  }

  private func quoted(_ cell: String) -> String {
    trimmed(cell).isEmpty ? "an empty cell" : "'\(cell.count > 40 ? cell.prefix(39) + "…" : cell[...])'"
  }

  // MARK: Cutting

  private static func records(_ text: String, _ file: String) throws -> [(line: Int, cells: [String])] {
    var records: [(line: Int, cells: [String])] = []
    var cells: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    var wasQuoted = false
    var line = 1
    var start = 1
    let bytes = Array(text.utf8)
    // A byte-order mark is no part of the first name.
    var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0

    func endCell() {
      cells.append(String(decoding: cell, as: UTF8.self))
      cell = []
      wasQuoted = false
    }
    func endRecord() {
      let isBlank = cells.isEmpty && cell.isEmpty && !wasQuoted
      if !isBlank {
        endCell()
        records.append((start, cells))
      }
      cells = []
      start = line
    }

    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      if isQuoted {
        if byte == UInt8(ascii: "\"") {
          if index < bytes.count, bytes[index] == byte {
            cell.append(byte)
            index += 1
          } else {
            isQuoted = false
          }
        } else {
          cell.append(byte)
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\"") where cell.isEmpty: (isQuoted, wasQuoted) = (true, true)
      case UInt8(ascii: ","): endCell()
      case UInt8(ascii: "\n"): endRecord()
      case UInt8(ascii: "\r"):
        if index < bytes.count, bytes[index] == UInt8(ascii: "\n") { break }
        line += 1
        endRecord()
      default: cell.append(byte)
      }
    }
    if isQuoted { throw FileError(file, line: start, "a quote is opened and never closed") }
    endRecord()
    return records
  }
}

private func trimmed(_ text: String) -> String {
  var text = text[...]
  while text.first?.isWhitespace == true { text.removeFirst() }
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}
