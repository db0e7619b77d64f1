import ChainRuleCore

/// A table of comma-separated values, cell by cell as text (RFC 4180: quotes, doubled quotes, line ends of any kind).
///
/// ```swift
/// let table = try CSVTable(contentsOf: "iris.csv")
/// let features = try table.numbers(in: [table.column("sepal_length"), table.column("petal_length")])
/// ```
public struct CSVTable: Sendable {
  /// What messages call the table: its path, or the name it was given.
  public var file: String { reader.file }
  /// The names in the first line; `1`, `2`, … where the first line holds numbers already.
  public var columns: [String] { reader.names }
  /// Whether the first line held names.
  public var hasNames: Bool { reader.hasNames }
  /// How the text is cut into cells, and how its numbers are spelled.
  public var dialect: CSVDialect { reader.dialect }
  /// The cells of each row as text, white space included; made anew each time, for the table keeps bytes.
  public var rows: [[String]] { rowIndices.map { row in columns.indices.map { cell(row, $0) } } }
  /// How many rows there are.
  public var rowCount: Int { cells.lines.count }
  private(set) var reader: CSVColumns
  private let cells: PackedCells
  private let width: Int
  /// How many rows the file has of which these are some, or all.
  let wholeCount: Int

  /// The cells of all rows: the bytes of the file, those of rows with quotes without them, and four bytes for each cell.
  private struct PackedCells {
    /// The whole file in UTF-8.
    var file: [UInt8] = []
    /// The text of rows that the file has otherwise, for quotes were taken away.
    var others: [UInt8] = []
    /// Where each row begins in the file, or behind its end in the others; and its line.
    var starts: [Int] = [], lines: [Int] = []
    /// Where each cell ends, counted from the beginning of its row.
    var ends: [UInt32] = []

    /// Makes room for the rows of a file of which this is one, so that lists seldom move.
    mutating func reserve(for record: CSVRecord) {
      let rows = file.count / Swift.max(record.text.count, 1) + 1
      starts.reserveCapacity(rows)
      lines.reserveCapacity(rows)
      ends.reserveCapacity(rows * record.count)
    }

    mutating func add(_ record: CSVRecord) {
      if record.isVerbatim, !file.isEmpty {
        starts.append(record.offset)
      } else {
        starts.append(file.count + others.count)
        others += record.text
      }
      lines.append(record.line)
      ends += record.ends
    }

    /// Goes through the cells of some columns, row by row, with the powers of ten at hand.
    func forEach(
      in columns: [Int], width: Int,
      _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<Double>, _ row: Int, _ column: Int) throws -> Void
    ) rethrows {
      try PlainNumber.withPowers { powers in
        try file.withUnsafeBufferPointer { file in
          try others.withUnsafeBufferPointer { others in
            for row in starts.indices {
              let isOther = starts[row] >= file.count, text = isOther ? others : file
              let start = isOther ? starts[row] - file.count : starts[row], first = row * width
              for column in columns {
                let low = column == 0 ? start : start + Int(ends[first + column - 1]) + 1
                try body(
                  UnsafeBufferPointer(rebasing: text[low..<start + Int(ends[first + column])]), powers, row, column)
              }
            }
          }
        }
      }
    }

    /// Reads the bytes of a cell.
    func withBytes<Result>(
      _ row: Int, _ column: Int, of width: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
      let place = row * width + column, start = starts[row]
      let low = column == 0 ? start : start + Int(ends[place - 1]) + 1, high = start + Int(ends[place])
      if start >= file.count {
        let before = file.count
        return try others.withUnsafeBufferPointer {
          try body(UnsafeBufferPointer(rebasing: $0[low - before..<high - before]))
        }
      }
      return try file.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[low..<high])) }
    }
  }

  package var rowIndices: Range<Int> { 0..<rowCount }

  /// A cell as text, white space included; both positions count from 0 and are those of the table.
  package func cell(_ row: Int, _ column: Int) -> String {
    cells.withBytes(row, column, of: width) { String(decoding: $0, as: UTF8.self) }
  }

  /// A cell as a number that is plainly spelled; nil for others, which `CSVColumns` may read.
  func plainNumber(_ row: Int, _ column: Int) -> Double? {
    let mark = UInt8(ascii: dialect.hasDecimalComma ? "," : ".")
    return cells.withBytes(row, column, of: width) { bytes in
      PlainNumber.trimmed(bytes).flatMap { PlainNumber.value($0, mark: mark) }
    }
  }

  /// Whether a cell is longer than any word for a missing value, or begins as a number does.
  func isSurelyThere(_ row: Int, _ column: Int) -> Bool {
    cells.withBytes(row, column, of: width) { cell in
      guard let bytes = PlainNumber.trimmed(cell), let first = bytes.first else {
        return false
      }
      return bytes.count > 4
        || first >= UInt8(ascii: "+") && first <= UInt8(ascii: "9") && (bytes.count > 1 || first != UInt8(ascii: "-"))
    }
  }

  /// The line of the file on which a row starts, from 1; 0 for a row that there is not.
  public func line(of row: Int) -> Int { cells.lines.indices.contains(row) ? cells.lines[row] : 0 }

  /// Reads a file.
  /// - Parameter hasNames: whether the first line holds names; told by the cells where nothing is said.
  /// - Throws: a `FileError` as `init(_:file:)` does, and where the file cannot be read.
  public init(contentsOf file: String, hasNames: Bool? = nil) throws {
    try self.init(bytes(ofFile: file), file, CSVDialect(hasNames: hasNames))
  }

  /// Reads a text; `file` is what messages call it.
  /// - Parameter hasNames: whether the first line holds names; told by the cells where nothing is said.
  /// - Throws: a `FileError` for an empty file, a quote that is never closed, a line with too few or too many cells.
  public init(_ text: String, file: String, hasNames: Bool? = nil) throws {
    try self.init(Array(text.utf8), file, CSVDialect(hasNames: hasNames))
  }

  /// Reads a file that is written in another way, or in one that is found out: `nil`.
  /// - Throws: a `FileError` as `init(contentsOf:)` does.
  public init(contentsOf file: String, dialect: CSVDialect?) throws {
    if let dialect {
      try self.init(bytes(ofFile: file), file, dialect)
    } else {
      try self.init(contentsOf: file) { _ in }
    }
  }

  /// Reads a file as it is found out to be written, but for what is known better; once, for it may be a pipe.
  /// - Throws: a `FileError` as `init(contentsOf:)` does.
  public init(contentsOf file: String, correcting known: (inout CSVDialect) -> Void) throws {
    let bytes = try bytes(ofFile: file)
    var dialect = CSVDialect(detectedIn: bytes, file: file)
    known(&dialect)
    try self.init(bytes, file, dialect)
  }

  private init(_ bytes: [UInt8], _ file: String, _ dialect: CSVDialect) throws {
    var rows = Rows(file: file, dialect: dialect, bytes: try dialect.text(of: bytes, file: file))
    var tokenizer = CSVTokenizer(file: file, delimiter: dialect.delimiter.byte)
    try tokenizer.read(rows.cells.file) { try rows.add($0) }
    try tokenizer.finish { try rows.add($0) }
    let (reader, cells, width) = (rows.reader, rows.cells, rows.width)
    guard let reader else { throw FileError(file, "is empty; a table has a line of column names and rows") }
    guard !cells.lines.isEmpty else { throw FileError(file, "has column names but no rows") }
    (self.reader, self.cells, self.width, wholeCount) = (reader, cells, width, cells.lines.count)
  }

  /// What is gathered of a file while it is cut.
  private struct Rows {
    let file: String
    let dialect: CSVDialect
    var cells = PackedCells()
    var reader: CSVColumns?
    var width = 0

    init(file: String, dialect: CSVDialect, bytes: [UInt8]) {
      (self.file, self.dialect, cells.file) = (file, dialect, bytes)
    }

    mutating func add(_ record: CSVRecord) throws {
      if reader == nil {
        let columns = try CSVColumns(record, file: file, dialect)
        (reader, width) = (columns, columns.names.count)
        if columns.hasNames { return }
      }
      if record.count != width { try reader?.checkCount(of: record) }
      if cells.lines.isEmpty { cells.reserve(for: record) }
      cells.add(record)
    }
  }

  /// Rows that were cut already, under columns that are known.
  /// - Parameter wholeCount: how many rows the file has of which these are some.
  init(_ reader: CSVColumns, records: [CSVRecord], of wholeCount: Int? = nil) throws {
    var cells = PackedCells()
    for record in records {
      try reader.checkCount(of: record)
      cells.add(record)
    }
    (self.reader, self.cells, width) = (reader, cells, reader.names.count)
    self.wholeCount = wholeCount ?? records.count
  }

  /// The position of a column by name, from 0.
  /// - Throws: a `FileError` where no column, or more than one, has that name.
  public func column(_ name: String) throws -> Int { try reader.position(of: name) }

  /// Calls a column by another name.
  /// - Throws: a `FileError` where no column, or more than one, has the old one.
  package mutating func rename(_ name: String, to other: String) throws {
    try reader.rename(column(name), to: other)
  }

  /// Calls the first columns of a table without names by these.
  package mutating func name(_ names: [String]) {
    for (position, name) in zip(columns.indices, names) { reader.rename(position, to: name) }
  }

  /// Columns as numbers, row after row: `[rows · positions]`.
  ///
  /// - Parameter finite: whether `nan` and `inf` are refused.
  /// - Throws: a `FileError` with line and column for the first cell that is no such number; an empty one is none.
  ///   Also for a position where there is no column.
  public func numbers(in positions: [Int], finite: Bool = false) throws -> [Double] {
    for position in positions { try reader.checkPosition(position) }
    var numbers: [Double] = []
    numbers.reserveCapacity(rowCount * positions.count)
    let mark = UInt8(ascii: dialect.hasDecimalComma ? "," : ".")
    try cells.forEach(in: positions, width: width) { cell, powers, row, column in
      numbers.append(
        try PlainNumber.value(cell, mark: mark, powers: powers) ?? number(row, column, finite: finite))
    }
    return numbers
  }

  /// The numbers of some rows in a column.
  /// - Throws: a `FileError` for the first cell that is no finite number.
  package func numbers(of rows: [Int], in column: Int) throws -> [Double] {
    try rows.map { try number($0, column, finite: true) }
  }

  func number(_ row: Int, _ column: Int, finite: Bool = false) throws -> Double {
    try plainNumber(row, column)
      ?? reader.number(cell(row, column), line: line(of: row), column: column, finite: finite)
  }

  /// A column of classes: whole numbers from 0, or names, numbered in alphabetical order.
  ///
  /// - Parameters:
  ///   - known: the classes that there are, if that is settled already.
  ///   - limit: how many classes there may be.
  /// - Returns: the class index of each row, and the names of the classes by index.
  /// - Throws: a `FileError` for a cell that is none of the classes, for too many of them, and for a known one that
  ///   is listed twice.
  public func classes(in position: Int, known: [String]? = nil, limit: Int = 1000) throws -> (
    labels: [Int], names: [String]
  ) {
    try reader.checkPosition(position)
    return try classes(in: position, rows: Array(rowIndices), known: known, limit: limit)
  }

  /// The classes of some rows; what stands in others does not count.
  func classes(in position: Int, rows chosen: [Int], known: [String]? = nil, limit: Int = 1000) throws -> (
    labels: [Int], names: [String]
  ) {
    let cells = chosen.map { CSVColumns.trimmed(cell($0, position)) }
    let areNumbers =
      known?.allSatisfy { CSVColumns.number($0) != nil } ?? cells.contains { CSVColumns.number($0) != nil }
    guard areNumbers else {
      let names = known ?? Set(cells).sorted()
      return (try labels(cells, of: chosen, in: position, names: names, limit: limit), names)
    }
    let labels = try zip(chosen, cells).map { row, cell in
      try reader.label(cell, below: known?.count ?? limit, line: line(of: row), column: position)
    }
    return (labels, known ?? (0..<(labels.max().map { $0 + 1 } ?? 0)).map(String.init))
  }

  /// The positions of cells among the names of classes.
  private func labels(
    _ cells: [String], of chosen: [Int], in position: Int, names: [String], limit: Int
  ) throws -> [Int] {
    guard names.count <= limit else {
      throw FileError(
        file, column: columns[position], "\(names.count) different classes; at most \(limit) are allowed")
    }
    var numbers: [String: Int] = [:]
    for (number, name) in names.enumerated() {
      guard numbers.updateValue(number, forKey: name) == nil else {
        throw FileError(file, column: columns[position], "the known classes have two called '\(name)'")
      }
    }
    return try zip(chosen, cells).map { row, cell in
      guard let label = numbers[cell], !cell.isEmpty else {
        let all = names.joined(separator: ", ")
        throw reader.wrong(
          "\(CSVColumns.quoted(cell)) is none of the classes \(all)", line: line(of: row), column: position)
      }
      return label
    }
  }
}
