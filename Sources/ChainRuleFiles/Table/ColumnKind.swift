/// What the cells of a column are.
public enum ColumnKind: String, Sendable, Codable, CaseIterable {
  /// Numbers that are measured or counted.
  case number
  /// One of a few texts, or numbers that only name something, as zip codes do.
  case category
  /// Yes or no, true or false.
  case yesNo = "yes/no"
  /// Days, with a time of day or without.
  case date
  /// Nothing to learn from: numbers that count the rows, texts that hardly ever occur twice, one value throughout.
  case ignored
}

/// What was found out about one column of a table.
public struct ColumnProfile: Sendable, Hashable {
  /// The name of the column.
  public let name: String
  /// What its cells are.
  public let kind: ColumnKind
  /// How many cells are missing: empty, or NA, ?, null, none, nan.
  public let missing: Int
  /// How many different texts there are.
  public let distinct: Int
  /// The first different texts.
  public let examples: [String]
  /// What a reader should know: why a column is left out, how a date is read, that it tells the target.
  public var notes: [String]

  let dates: DateReader?
}

extension CSVTable {
  private static let missingWords: Set<String> = [
    "", "na", "n/a", "#n/a", "<na>", "n.a.", "?", "-", "null", "none", "nan",
  ]
  static let yesWords: Set<String> = ["yes", "y", "true", "t"]
  static let noWords: Set<String> = ["no", "n", "false", "f"]

  func text(_ row: Int, _ column: Int) -> String { CSVColumns.trimmed(cell(row, column)) }

  /// A cell as a category or a class: numbers that are equal are one.
  package func category(_ row: Int, _ column: Int) -> String { ColumnEncoder.category(text(row, column)) }

  static func isMissing(_ cell: String) -> Bool { missingWords.contains(CSVColumns.trimmed(cell).lowercased()) }

  package func isMissing(_ row: Int, _ column: Int) -> Bool {
    !isSurelyThere(row, column) && Self.missingWords.contains(text(row, column).lowercased())
  }

  /// A cell as a number in the table's own spelling; nil for any other text.
  func value(_ row: Int, _ column: Int) -> Double? { plainNumber(row, column) ?? reader.value(text(row, column)) }

  func isNumber(_ row: Int, _ column: Int) -> Bool { value(row, column) != nil }

  /// What the columns of a table are, told from some of its rows.
  ///
  /// - Parameters:
  ///   - kinds: what is known already, by name.
  ///   - rows: the rows to look at; all by default.
  ///   - chosen: the columns to look at; all by default.
  /// - Throws: a `FileError` for a name that no column or more than one has, and for a cell that is not what its
  ///   column is said to be or mostly is.
  public func profile(
    kinds: [String: ColumnKind] = [:], rows: [Int]? = nil, columns chosen: [Int]? = nil
  ) throws -> [ColumnProfile] {
    for name in kinds.keys.sorted() { _ = try column(name) }
    // A name that stands twice is refused.
    var seen: Set<String> = []
    for name in columns where !seen.insert(name).inserted { _ = try column(name) }
    return try (chosen ?? Array(columns.indices)).map { position in
      try reader.checkPosition(position)
      return try profile(of: position, as: kinds[columns[position]], rows: rows ?? Array(rowIndices))
    }
  }

  private func profile(of position: Int, as wanted: ColumnKind?, rows chosen: [Int]) throws -> ColumnProfile {
    let present = chosen.filter { !isMissing($0, position) }
    let cells = present.map { text($0, position) }
    var seen: Set<String> = []
    let examples = cells.filter { seen.insert($0).inserted }
    let dates = wanted == nil || wanted == .date ? DateReader.orders(of: examples) : []
    var (kind, notes) =
      try wanted.map { ($0, []) }
      ?? recognized(
        position, present, cells, examples, hasGaps: present.count < chosen.count, isDate: !dates.isEmpty)
    if kind == .date {
      guard let order = dates.first else {
        throw FileError(
          file, column: columns[position],
          "dates are needed, all in one order as 2024-02-29, 29.02.2024 or 2/29/2024; the first cell is "
            + CSVColumns.quoted(examples.first ?? ""))
      }
      let hasRivals = dates.filter { $0 != .yearMonthDay }.count > 1
      if hasRivals { notes.append("read as \(DateReader(order).words)") }
    }
    return ColumnProfile(
      name: columns[position], kind: kind, missing: chosen.count - present.count, distinct: examples.count,
      examples: Array(examples.prefix(3)), notes: notes, dates: kind == .date ? dates.first.map { DateReader($0) } : nil
    )
  }

  /// What a column is when nobody says so.
  private func recognized(
    _ position: Int, _ present: [Int], _ cells: [String], _ distinct: [String], hasGaps: Bool, isDate: Bool
  ) throws -> (ColumnKind, [String]) {
    if distinct.isEmpty { return (.ignored, ["left out: no cell has a value"]) }
    if distinct.count == 1, present.count > 1, !hasGaps {
      return (.ignored, ["left out: every row has \(CSVColumns.quoted(distinct[0]))"])
    }
    let words = Set(distinct.map { $0.lowercased() })
    if words.isSubset(of: Self.yesWords.union(Self.noWords)) { return (.yesNo, []) }
    let numbers = numbers(position, present, cells, distinct)
    if numbers.count == cells.count {
      if countsRows(numbers) {
        return (.ignored, ["left out: it counts the rows; --kind \(columns[position])=number keeps it"])
      }
      let column = columns[position]
      if distinct.count > 1, present.count > 1, !hasGaps, numbers.allSatisfy({ $0 == numbers[0] }),
        distinct[0].count > 15
      {
        return (
          .ignored, ["left out: its numbers are one number to 16 digits; --kind \(column)=category keeps them apart"]
        )
      }
      let units = try unit(of: position, rows: present)
      var notes = units.isEmpty ? [] : ["read as numbers in \(units)"]
      if distinct.contains(where: Self.isCode) {
        notes.append("some begin with 0: are they codes? --kind \(column)=category")
      }
      return (.number, notes)
    }
    if isDate { return (.date, []) }
    if 2 * numbers.count >= cells.count, let wrong = present.first(where: { !isNumber($0, position) }) {
      throw reader.wrong(
        "a number is needed, not \(CSVColumns.quoted(cell(wrong, position))); in a column of texts say so by "
          + "--kind \(columns[position])=category", line: line(of: wrong), column: position)
    }
    if distinct.count > Swift.max(20, cells.count / 5) {
      let share = distinct.count == cells.count ? "all different" : "\(distinct.count) different ones"
      return (.ignored, ["left out: texts, \(share); --kind \(columns[position])=category keeps it"])
    }
    guard words.count < distinct.count, let twins = Self.twins(distinct) else { return (.category, []) }
    return (.category, ["\(twins.0) and \(twins.1) are different texts"])
  }

  /// Whether a whole number begins with a 0 that says nothing.
  private static func isCode(_ cell: String) -> Bool {
    cell.utf8.count > 1 && cell.utf8.first == UInt8(ascii: "0") && cell.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
  }

  /// Two texts that differ in capitals alone.
  static func twins(_ distinct: [String]) -> (String, String)? {
    var seen: [String: String] = [:]
    for text in distinct {
      if let other = seen.updateValue(text, forKey: text.lowercased()) { return (other, text) }
    }
    return nil
  }

  /// The unit of a column of numbers; empty where there is none.
  /// - Throws: where cells have several, or shares stand beside plain numbers: one of them would be read wrongly.
  func unit(of position: Int, rows: [Int]) throws -> String {
    var first: String?
    for row in rows {
      let unit = plainNumber(row, position) == nil ? CSVDialect.unit(of: text(row, position)) : ""
      guard let known = first, known != unit else {
        first = unit
        continue
      }
      throw reader.wrong(
        "\(CSVColumns.quoted(cell(row, position))) is "
          + (unit.isEmpty ? "without a unit" : "in \(unit)") + " where cells above it are "
          + (known.isEmpty ? "without one" : "in \(known)") + "; write all in one unit", line: line(of: row),
        column: position)
    }
    return first ?? ""
  }

  /// The cells that are numbers; each text that is not plainly spelled is read once.
  private func numbers(_ position: Int, _ present: [Int], _ cells: [String], _ distinct: [String]) -> [Double] {
    let plain = present.compactMap { plainNumber($0, position) }
    if plain.count == cells.count { return plain }
    var values: [String: Double] = [:]
    for text in distinct { values[text] = reader.value(text) }
    return values.isEmpty ? [] : cells.compactMap { values[$0] }
  }

  /// Whether numbers are those of the rows: whole, from 0 or 1 on, each larger than the one before, few left out.
  private func countsRows(_ numbers: [Double]) -> Bool {
    guard numbers.count >= 10, let first = numbers.first, let last = numbers.last, first == 0 || first == 1 else {
      return false
    }
    return numbers.allSatisfy { $0 == $0.rounded() } && zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
      && last - first < 1.2 * Double(numbers.count) * Double(wholeCount) / Double(rowCount)
  }
}
