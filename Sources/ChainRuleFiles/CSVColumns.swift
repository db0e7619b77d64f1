import ChainRuleCore

/// The columns of a CSV file, and how its cells are read: the only reader of names, numbers and labels, so that a table
/// in memory, a data set made of it and a file that stays on disk accept the same cells and refuse the same ones.
struct CSVColumns: Sendable {
  let file: String
  /// The names in the first line; `1`, `2`, … where the first line holds numbers already.
  private(set) var names: [String] { didSet { index() } }
  /// Where each name stands, and the first two places of one that stands twice.
  private var places: [String: [Int]] = [:]
  /// Whether the first line holds names and no row.
  let hasNames: Bool
  let dialect: CSVDialect

  /// The names in the first line, or numbers for names.
  /// - Parameters:
  ///   - first: the first line of the file.
  ///   - dialect: how numbers are spelled, and whether there are names, where that is known.
  /// - Throws: a `FileError` where it may be either.
  init(_ first: CSVRecord, file: String, _ dialect: CSVDialect = CSVDialect()) throws {
    (self.file, self.dialect) = (file, dialect)
    hasNames = try dialect.hasNames ?? Self.areNames(first, file, dialect)
    if hasNames, first[0].lowercased().hasPrefix("sep="), first.count <= 2 {
      throw FileError(file, line: first.line, "'\(Self.trimmed(first[0]))' is a note to Excel; take the line away")
    }
    names = hasNames ? Self.names(first) : (1...first.count).map(String.init)
    index()
  }

  /// The cells of a first line; a column without a name is called by its position, if no other is.
  private static func names(_ first: CSVRecord) -> [String] {
    let names = first.cells.map(trimmed), known = Set(names)
    return names.enumerated().map { position, name in
      name.isEmpty && !known.contains("\(position + 1)") ? "\(position + 1)" : name
    }
  }

  private mutating func index() {
    places.removeAll(keepingCapacity: true)
    for (position, name) in names.enumerated() where places[name, default: []].count < 2 {
      places[name, default: []].append(position)
    }
  }

  /// Whether a first line holds names. Numbers among words are names where they count up in whole numbers, as pixels
  /// and years do; a number with a fraction makes a row of it.
  private static func areNames(_ first: CSVRecord, _ file: String, _ dialect: CSVDialect) throws -> Bool {
    let numbers = first.cells.compactMap { dialect.number(trimmed($0)) }
    if numbers.isEmpty || numbers.count == first.count { return numbers.isEmpty }
    if numbers.contains(where: { $0 != $0.rounded() || !$0.isFinite }) { return false }
    if numbers.count > 1, zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) { return true }
    throw FileError(
      file, line: first.line,
      "may be names of columns or a row, for it has words and whole numbers; put a line of names in words before it, or say "
        + "hasNames: or --header")
  }

  /// The position of a column by name.
  func position(of name: String) throws -> Int {
    if let found = places[name] {
      if found.count == 1 { return found[0] }
      throw FileError(
        file, "has two columns '\(name)', \(found[0] + 1) and \(found[1] + 1); give each a name of its own")
    }
    let shown = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
    throw FileError(file, "has no column '\(name)'; its columns are \(shown)")
  }

  mutating func rename(_ position: Int, to name: String) { names[position] = name }

  /// Refuses a position where there is no column.
  func checkPosition(_ position: Int) throws {
    guard !names.indices.contains(position) else { return }
    throw FileError(file, "has \(names.count) columns; there is no column at position \(position), counted from 0")
  }

  /// Refuses a row with too few or too many cells.
  func checkCount(of row: CSVRecord) throws {
    guard row.count != names.count else { return }
    func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
    let hint =
      row.count == names.count + 1 && Self.trimmed(row[row.count - 1]).isEmpty
      ? "; the last is empty: is there a delimiter at the end of the lines, but the first?"
      : names.count == 1
        ? "; is the first line a title or a remark? The line of names comes first"
        : row.count > names.count && row.cells.contains { Self.trimmed($0).hasPrefix("\"") }
          ? "; a quote opens a cell only where nothing stands before it, no space either" : ""
    throw FileError(
      file, line: row.line,
      "\(count(row.count, "cell")) where the first line has \(count(names.count, "column"))\(hint)")
  }

  // MARK: Cells

  /// A cell without the white space around it.
  static func trimmed(_ cell: String) -> String {
    if let first = cell.utf8.first, let last = cell.utf8.last, (33..<127).contains(first), (33..<127).contains(last) {
      return cell
    }
    var text = cell[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// A cell as a number, `nan` and `inf` included; nil for any other text.
  static func number(_ cell: String) -> Double? { Double(trimmed(cell)) }

  /// A cell as a number in the table's own spelling; nil for any other text.
  func value(_ cell: String) -> Double? { dialect.number(Self.trimmed(cell)) }

  /// A cell as a number.
  /// - Parameter finite: whether `nan` and `inf` are refused.
  func number(_ cell: String, line: Int, column: Int, finite: Bool = false) throws -> Double {
    guard let number = value(cell) else {
      throw wrong("a number is needed, not \(Self.quoted(cell))", line: line, column: column)
    }
    // The words inf and infinity mean it; digits that come to it are a number that was lost.
    guard !number.isInfinite || !cell.contains(where: \.isNumber) else {
      throw wrong("a number below 1.8e308 is needed, not \(Self.quoted(cell))", line: line, column: column)
    }
    guard number.isFinite || !finite else {
      throw wrong("a finite number is needed, not \(Self.quoted(cell))", line: line, column: column)
    }
    return number
  }

  /// A cell as a class index: a whole number from 0, however it is written (`1`, `1.0`, `1e0`).
  func label(_ cell: String, below count: Int, line: Int, column: Int) throws -> Int {
    guard let label = Self.number(cell).flatMap({ Int(exactly: $0) }), label >= 0, label < count else {
      throw wrong(
        "a label is a whole number from 0 to \(count - 1), not \(Self.quoted(cell))", line: line, column: column)
    }
    return label
  }

  /// A mistake in a cell.
  func wrong(_ message: String, line: Int, column: Int) -> FileError {
    FileError(file, line: line, column: names[column], message)
  }

  /// A cell as messages show it.
  static func quoted(_ cell: String) -> String {
    trimmed(cell).isEmpty ? "an empty cell" : "'\(cell.count > 40 ? cell.prefix(39) + "…" : cell[...])'"
  }
}
