import ChainRuleCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One line of a CSV file, cut into cells: their text without quotes, with a delimiter behind each but the last, and where
/// each ends. So a row without quotes is taken as it stands.
struct CSVRecord: Sendable {
  /// The line of the file on which the record starts, from 1.
  fileprivate(set) var line: Int
  /// The byte of the file at which the record starts.
  fileprivate(set) var offset: Int
  fileprivate(set) var text: [UInt8] = []
  fileprivate(set) var ends: [UInt32] = []
  /// Whether the file has the text as it is, from `offset` on: no quotes were taken away.
  fileprivate(set) var isVerbatim = true

  /// How many cells there are.
  var count: Int { ends.count }

  /// A cell as it is written, white space included.
  subscript(column: Int) -> String {
    String(decoding: text[start(of: column)..<Int(ends[column])], as: UTF8.self)
  }

  private func start(of column: Int) -> Int { column == 0 ? 0 : Int(ends[column - 1]) + 1 }

  var cells: [String] { ends.indices.map { self[$0] } }

  /// The same in memory of its own and no larger than it is, for whoever keeps it: that of the tokenizer is used again.
  var kept: CSVRecord {
    var copy = CSVRecord(line: line, offset: offset)
    copy.text = text.withUnsafeBufferPointer { Array($0) }
    copy.ends = ends.withUnsafeBufferPointer { Array($0) }
    return copy
  }

  /// Reads the bytes of a cell.
  func withBytes<Result>(of column: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    let start = start(of: column)
    return try text.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[start..<Int(ends[column])])) }
  }
}

/// Cuts the bytes of a CSV file into records, piece by piece, so that a table in memory and a file that stays on disk
/// are cut alike: a delimiter between cells, quotes around cells that hold commas or line ends, quotes doubled inside quotes
/// (RFC 4180), lines that end in LF, CR LF or CR. Blank lines are no records; a byte-order mark is no text.
struct CSVTokenizer {
  private enum Place {
    case plain, quoted
    /// Behind a quote inside quotes: the end of the quoted part, unless another quote follows.
    case behindQuote
  }

  private let file: String
  private let delimiter: UInt8
  private var place = Place.plain
  private var record: CSVRecord
  /// Where the cell under way begins in the record's text.
  private var cellStart = 0
  /// Whether anything of the record has been seen, be it an empty pair of quotes.
  private var hasBegun = false
  /// Whether the record has a byte that is no ASCII, so that its text must be checked.
  private var isWide = false
  /// Whether the last byte was a CR, so that an LF belongs to the same line end.
  private var isBehindReturn = false
  private var line: Int
  /// The byte of the file that is read next.
  private(set) var offset: Int

  /// A tokenizer for a file from its start, or from the start of a record.
  /// - Parameters:
  ///   - file: what messages call it.
  ///   - offset: the byte, and `line` the line, of the file at which reading begins; not inside a record.
  ///   - delimiter: what stands between two cells.
  init(file: String, offset: Int = 0, line: Int = 1, delimiter: UInt8 = UInt8(ascii: ",")) {
    (self.file, self.offset, self.line, self.delimiter) = (file, offset, line, delimiter)
    record = CSVRecord(line: line, offset: offset)
  }

  /// Bytes of the record that has begun and not ended.
  var pendingCount: Int { offset - record.offset }

  /// Reads the next piece of the file and hands on each record that ends in it.
  /// - Throws: a `FileError` for a record whose text is not UTF-8, and what `body` throws.
  mutating func read(_ bytes: [UInt8], _ body: (CSVRecord) throws -> Void) throws {
    if offset == 0, let format = Self.otherFormats.first(where: { bytes.starts(with: $0.mark) }) {
      throw FileError(file, "is \(format.words)")
    }
    if let zero = bytes.withUnsafeBytes({ place(ofZeroIn: $0) }) {
      let lines = bytes[..<zero].count { $0 == UInt8(ascii: "\n") }
      throw FileError(
        file, line: line + lines, "has a byte of 0, which no text has; is it damaged, or written in UTF-16?")
    }
    let mark = offset == 0 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    if mark > 0 {
      offset += mark
      record.isVerbatim = false  // the record begins behind it
    }
    try bytes.withUnsafeBufferPointer { try read(UnsafeBufferPointer(rebasing: $0[mark...]), body) }
  }

  /// What other files begin with.
  private static let otherFormats: [(mark: [UInt8], words: String)] = [
    ([0x50, 0x4B, 3, 4], "a zip archive, as workbooks of Excel are; save the sheet as CSV"),
    ([0xD0, 0xCF, 0x11, 0xE0], "an old workbook of Excel; save the sheet as CSV"),
    ([0x1F, 0x8B], "compressed by gzip; unpack it first"),
    (Array("PAR1".utf8), "a Parquet file; write it as CSV"),
  ]

  private func place(ofZeroIn bytes: UnsafeRawBufferPointer) -> Int? {
    guard let start = bytes.baseAddress, let found = memchr(start, 0, bytes.count) else { return nil }
    return UnsafeRawPointer(found) - start
  }

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (CSVRecord) throws -> Void) throws {
    var place = 0
    while place < bytes.count {
      if takeRun(from: &place, in: bytes) { continue }
      let byte = bytes[place]
      place += 1
      offset += 1
      try read(byte, body)
    }
  }

  /// Takes the bytes up to the next quote or line end, all at once; false where there is none before.
  private mutating func takeRun(from place: inout Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = place, quote = UInt8(ascii: "\""), isQuoted = self.place == .quoted
    guard isQuoted || self.place == .plain else { return false }
    let length = record.text.count
    var wide: UInt8 = 0
    while place < bytes.count {
      let byte = bytes[place]
      if byte == quote || byte == 10 || byte == 13 { break }
      if byte == delimiter, !isQuoted {
        record.ends.append(UInt32(truncatingIfNeeded: length + place - start))
        cellStart = length + place - start + 1
      }
      wide |= byte
      place += 1
    }
    guard place > start else { return false }
    record.text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<place]))
    offset += place - start
    if wide >= 0x80 { isWide = true }
    isBehindReturn = false
    hasBegun = true
    return true
  }

  private mutating func read(_ byte: UInt8, _ body: (CSVRecord) throws -> Void) throws {
    let isLineEnd = countLine(byte)
    if byte >= 0x80 { isWide = true }
    if place == .quoted {
      if byte == UInt8(ascii: "\"") { place = .behindQuote } else { record.text.append(byte) }
    } else if byte == UInt8(ascii: "\""), place == .behindQuote {
      record.text.append(byte)
      place = .quoted
    } else if byte == UInt8(ascii: "\""), record.text.count == cellStart {
      (place, hasBegun, record.isVerbatim) = (.quoted, true, false)
    } else if isLineEnd {
      try endRecord(body)
    } else {
      (place, hasBegun) = (.plain, true)
      if byte == delimiter { record.ends.append(UInt32(truncatingIfNeeded: record.text.count)) }
      record.text.append(byte)
      if byte == delimiter { cellStart = record.text.count }
    }
  }

  /// Hands on the last record, where the file does not end with a line end.
  /// - Throws: a `FileError` for a quote that is never closed.
  mutating func finish(_ body: (CSVRecord) throws -> Void) throws {
    guard place != .quoted else {
      throw FileError(file, line: record.line, "a quote is opened and never closed")
    }
    try endRecord(body)
  }

  /// Counts lines, those inside quotes included; CR LF is one line end.
  private mutating func countLine(_ byte: UInt8) -> Bool {
    let isFeed = byte == UInt8(ascii: "\n"), isReturn = byte == UInt8(ascii: "\r")
    if isReturn || isFeed && !isBehindReturn { line += 1 }
    isBehindReturn = isReturn
    return isFeed || isReturn
  }

  private mutating func endRecord(_ body: (CSVRecord) throws -> Void) throws {
    if hasBegun {
      guard record.text.count < Int(UInt32.max) else { throw FileError(file, line: record.line, "has a row of 4 GB") }
      record.ends.append(UInt32(record.text.count))
      if isWide, String(validating: record.text, as: UTF8.self) == nil {
        throw FileError(file, line: record.line, "is not written in UTF-8; convert the file, for instance by iconv")
      }
      try body(record)
    }
    // The memory of the record is used again, unless somebody kept it.
    (record.line, record.offset, record.isVerbatim) = (line, offset, true)
    record.text.removeAll(keepingCapacity: true)
    record.ends.removeAll(keepingCapacity: true)
    (place, hasBegun, cellStart, isWide) = (.plain, false, 0, false)
  }
}
