import ChainRuleCore

/// How a table is written as text: what separates its cells, how numbers are spelled, which bytes stand for letters.
///
/// ```swift
/// let dialect = try CSVDialect(detectedIn: "prix.csv")      // semicolons, decimal commas, Windows-1252
/// let table = try CSVTable(contentsOf: "prix.csv", dialect: dialect)
/// ```
public struct CSVDialect: Sendable, Hashable, Codable {
  /// What stands between two cells.
  public enum Delimiter: String, Sendable, Codable, CaseIterable {
    /// `,`
    case comma
    /// `;`
    case semicolon
    /// A tabulator.
    case tab
    /// `|`
    case pipe

    var byte: UInt8 {
      switch self {
      case .comma: UInt8(ascii: ",")
      case .semicolon: UInt8(ascii: ";")
      case .tab: UInt8(ascii: "\t")
      case .pipe: UInt8(ascii: "|")
      }
    }
  }

  /// How letters are written in bytes.
  public enum Encoding: String, Sendable, Codable, CaseIterable {
    /// One to four bytes a letter.
    case utf8 = "utf-8"
    /// Two or four bytes a letter, the low byte first.
    case utf16LittleEndian = "utf-16le"
    /// Two or four bytes a letter, the high byte first.
    case utf16BigEndian = "utf-16be"
    /// One byte a letter, for the languages of western Europe.
    case windows1252 = "windows-1252"
  }

  /// What stands between two cells.
  public var delimiter: Delimiter
  /// Whether numbers have a comma before their decimals (`1.234,5`) instead of a point.
  public var hasDecimalComma: Bool
  /// How letters are written in bytes.
  public var encoding: Encoding
  /// Whether the first line holds names of columns; nil to tell from the line itself.
  public var hasNames: Bool?

  /// A dialect; commas, decimal points and UTF-8 where nothing else is said.
  public init(
    delimiter: Delimiter = .comma, hasDecimalComma: Bool = false, encoding: Encoding = .utf8, hasNames: Bool? = nil
  ) {
    (self.delimiter, self.hasDecimalComma) = (delimiter, hasDecimalComma)
    (self.encoding, self.hasNames) = (encoding, hasNames)
  }

  /// What a file looks like: the encoding by its byte-order mark or by bytes of 0 in UTF-16, or Windows-1252 where it is no UTF-8; the delimiter
  /// that cuts its first lines into equally many cells, and most of them; a decimal comma where numbers have one and
  /// none has a point.
  /// - Throws: a `FileError` where the file cannot be read.
  public init(detectedIn file: String) throws { self.init(detectedIn: try bytes(ofFile: file), file: file) }

  init(detectedIn bytes: [UInt8], file: String) {
    self.init(encoding: Self.encoding(of: bytes))
    let sample = Array(((try? text(of: Self.sample(bytes, encoding), file: file)) ?? []).prefix(Self.sampleSize))
    var best = 1
    for delimiter in Delimiter.allCases {
      let counts = Self.records(sample, delimiter, file).map(\.count)
      guard let first = counts.first, first > best, counts.allSatisfy({ $0 == first }) else { continue }
      (best, self.delimiter) = (first, delimiter)
    }
    guard delimiter != .comma else { return }
    let cells = Self.records(sample, delimiter, file).flatMap(\.cells).map(CSVColumns.trimmed)
    let (point, comma) = (CSVDialect(), CSVDialect(hasDecimalComma: true))
    hasDecimalComma =
      cells.contains { $0.contains(",") && comma.number($0) != nil }
      && !cells.contains { $0.contains(".") && point.number($0) != nil && comma.number($0) == nil }
  }

  private static let sampleSize = 1 << 16

  /// The first bytes of a file, cut between two units of UTF-16.
  private static func sample(_ bytes: [UInt8], _ encoding: Encoding) -> [UInt8] {
    bytes.count <= 2 * sampleSize ? bytes : Array(bytes.prefix(2 * sampleSize))
  }

  /// The whole records of a sample, the last one aside where it may have been cut.
  private static func records(_ sample: [UInt8], _ delimiter: Delimiter, _ file: String) -> [CSVRecord] {
    var records: [CSVRecord] = []
    var tokenizer = CSVTokenizer(file: file, delimiter: delimiter.byte)
    do {
      try tokenizer.read(sample) { records.append($0) }
      if sample.count < sampleSize { try tokenizer.finish { records.append($0) } }
    } catch {
      return records
    }
    return records
  }

  // MARK: Letters

  private static func encoding(of bytes: [UInt8]) -> Encoding {
    if bytes.starts(with: [0xFF, 0xFE]) { return .utf16LittleEndian }
    if bytes.starts(with: [0xFE, 0xFF]) { return .utf16BigEndian }
    // Without a mark: letters of the Latin alphabet have a byte of 0, always on the same side.
    let zeros = bytes.prefix(512).enumerated().filter { $0.element == 0 }.map { $0.offset % 2 }
    if zeros.count * 3 > Swift.min(bytes.count, 512), let side = zeros.first, zeros.allSatisfy({ $0 == side }) {
      return side == 1 ? .utf16LittleEndian : .utf16BigEndian
    }
    return String(validating: bytes, as: UTF8.self) == nil ? .windows1252 : .utf8
  }

  /// The bytes of a file as UTF-8.
  /// - Throws: a `FileError` for UTF-16 with half a unit.
  func text(of bytes: [UInt8], file: String) throws -> [UInt8] {
    switch encoding {
    case .utf8: return bytes
    case .windows1252:
      var text: [UInt8] = []
      text.reserveCapacity(bytes.count + bytes.count / 8)
      for byte in bytes {
        if byte < 0x80 { text.append(byte) } else { text += Array(String(Self.letter(byte)).utf8) }
      }
      return text
    case .utf16LittleEndian, .utf16BigEndian:
      guard bytes.count.isMultiple(of: 2) else {
        throw FileError(file, "is written in UTF-16 and ends in half a letter")
      }
      let low = encoding == .utf16LittleEndian ? 0 : 1
      let units = stride(from: 0, to: bytes.count, by: 2).map {
        UInt16(bytes[$0 + low]) | UInt16(bytes[$0 + 1 - low]) << 8
      }
      let marked = units.first == 0xFEFF ? units.dropFirst() : units[...]
      guard let text = String(validating: marked, as: UTF16.self) else {
        throw FileError(file, "is not written in UTF-16, as its first bytes say")
      }
      return Array(text.utf8)
    }
  }

  /// What Windows-1252 has where ISO 8859-1 has control characters, from 0x80 on; 0 where it has nothing.
  private static let letters: [UInt32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0,
    0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
  ]

  private static func letter(_ byte: UInt8) -> Unicode.Scalar {
    guard (0x80..<0xA0).contains(byte), let letter = Unicode.Scalar(letters[Int(byte) - 0x80]), letter.value > 0 else {
      return Unicode.Scalar(byte)
    }
    return letter
  }

  // MARK: Numbers

  /// A cell without white space around it as a number, `nan` and `inf` included; nil for any other text. Groups of
  /// three digits may be set apart by the mark that does not stand before decimals (`1,234.5`, `1.234,5`), by spaces or
  /// apostrophes; a unit may stand beside it (`12 %` is 12, `$1,200` is 1200).
  func number(_ cell: String) -> Double? {
    if let number = Double(cell), !hasDecimalComma || !cell.utf8.contains(UInt8(ascii: ".")) { return number }
    guard cell.utf8.contains(where: { $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
    if let number = plainNumber(cell) { return number }
    guard let (number, unit) = Self.parted(cell), !unit.isEmpty else { return nil }
    return plainNumber(number)
  }

  /// A number as it is, or with groups of digits.
  private func plainNumber(_ cell: String) -> Double? {
    if hasDecimalComma { return Self.number(decimalComma: cell) }
    if let number = Double(cell) { return number }
    guard let plain = Self.ungrouped(cell, groups: [","], decimal: ".") else { return nil }
    return Double(plain)
  }

  private static func number(decimalComma cell: String) -> Double? {
    if !cell.contains(","), !cell.contains("."), let number = Double(cell) { return number }
    guard let plain = ungrouped(cell, groups: ["."], decimal: ",") else { return nil }
    return Double(plain.replacing(",", with: "."))
  }

  /// What stands between thousands in any spelling: spaces that may not break a line, others, apostrophes.
  private static let neutralMarks: Set<Character> = [" ", "\u{A0}", "\u{202F}", "\u{2009}", "'", "’"]

  /// A number without the marks between groups of three digits; nil where they stand elsewhere, or are of two kinds.
  private static func ungrouped(_ cell: String, groups marks: Set<Character>, decimal: Character) -> String? {
    let parts = cell.split(separator: decimal, maxSplits: 1, omittingEmptySubsequences: false)
    let marks = marks.union(neutralMarks)
    guard let mark = parts[0].first(where: { marks.contains($0) }) else {
      return parts.count == 1 || !parts[1].contains { marks.contains($0) } ? cell : nil
    }
    let groups = parts[0].split(separator: mark, omittingEmptySubsequences: false)
    let first = groups[0].drop { $0 == "-" || $0 == "+" }
    guard (1...3).contains(first.count), first.first != "0", first.allSatisfy(\.isWholeNumber),
      groups.dropFirst().allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isWholeNumber) }),
      parts.count == 1 || !parts[1].contains(where: { marks.contains($0) })
    else { return nil }
    return groups.joined() + (parts.count > 1 ? "\(decimal)" + parts[1] : "")
  }

  // MARK: Units

  /// Currencies that are written in letters.
  private static let currencies: Set<String> = ["USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "CNY", "INR"]

  /// The unit that stands before or behind a number: `%`, `‰` or a currency; empty where there is none.
  static func unit(of cell: String) -> String { parted(cell)?.unit ?? "" }

  /// A cell as what may be a number, with its sign, and the unit beside it; nil for a cell without digits.
  private static func parted(_ cell: String) -> (number: String, unit: String)? {
    guard let first = cell.firstIndex(where: \.isWholeNumber), let last = cell.lastIndex(where: \.isWholeNumber) else {
      return nil
    }
    var before = cell[..<first].filter { !$0.isWhitespace }
    let behind = cell[cell.index(after: last)...].filter { !$0.isWhitespace }
    let mark = before.last.map { ".,".contains($0) } == true ? String(before.removeLast()) : ""  // $.50
    let sign = before.first.map { "+-".contains($0) } == true ? String(before.removeFirst()) : ""
    let inner = before.last.map { "+-".contains($0) } == true && sign.isEmpty ? String(before.removeLast()) : ""
    guard before.isEmpty || behind.isEmpty || behind == ".", behind.isEmpty || behind == "." || isUnit(behind),
      before.isEmpty || isCurrency(before)
    else { return nil }
    let unit = before.isEmpty ? (behind == "." ? "" : behind) : before
    return (sign + inner + mark + cell[first...last], unit)
  }

  private static func isUnit(_ text: String) -> Bool { text == "%" || text == "‰" || isCurrency(text) }

  private static func isCurrency(_ text: String) -> Bool {
    currencies.contains(text)
      || text.unicodeScalars.count == 1
        && text.unicodeScalars.allSatisfy { $0.properties.generalCategory == .currencySymbol }
  }
}
