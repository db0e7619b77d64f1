import ChainRuleTraining
import Testing

@testable import ChainRuleFiles

/// What people's files have in them: each is read as it was meant, or refused with a sentence that says what to do.
@Suite("Odd tables") struct OddTableTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// 30 rows of a number and what `last` makes of the row.
  private static func table(_ head: String, _ last: (Int) -> String) -> String {
    head + "\n" + (0..<30).map { "\($0 * 37 % 101).5,\(last($0))\n" }.joined()
  }

  private static func letters(_ row: Int) -> String { ["a", "b"][row * 7 / 3 % 2] }

  private func reading(_ bytes: [UInt8]) throws -> TableReading {
    try TableReading(CSVTable(contentsOf: scratch.write("t.csv", bytes), dialect: nil))
  }

  private func reading(_ text: String) throws -> TableReading { try reading(Array(text.utf8)) }

  @Test(arguments: [true, false]) func sixteenBitLettersAreKnownWithoutAMark(isLittle: Bool) throws {
    let text = Self.table("größe,y", Self.letters)
    var bytes: [UInt8] = []
    for unit in text.utf16 {
      let low = UInt8(unit & 0xFF), high = UInt8(unit >> 8)
      bytes += isLittle ? [low, high] : [high, low]
    }
    let table = try reading(bytes).table
    #expect(table.columns == ["größe", "y"] && table.rowCount == 30)
    #expect(table.dialect.encoding == (isLittle ? .utf16LittleEndian : .utf16BigEndian))
  }

  private static let refused: [(text: String, start: String)] = [
    ("x,y\n1,2\n3\0,4\n", "t.csv, line 3: has a byte of 0"),
    ("PK\u{3}\u{4}abc", "t.csv: is a zip archive, as workbooks of Excel are; save the sheet as CSV"),
    ("PAR1abc", "t.csv: is a Parquet file; write it as CSV"),
    ("sep=;\nx;y\n1;2\n", "t.csv, line 1: 'sep=' is a note to Excel; take the line away"),
    (
      "# by hand\nx,y\n1,2\n",
      "t.csv, line 2: 2 cells where the first line has 1 column; is the first line a title or a remark?"
    ),
    (
      "x,y\n1,2,\n3,4,\n",
      "t.csv, line 2: 3 cells where the first line has 2 columns; the last is empty: is there a delimiter"
    ),
    (
      "x, name\n1, \"a, b\"\n",
      "t.csv, line 2: 3 cells where the first line has 2 columns; a quote opens a cell only where nothing stands before"
    ),
    (table("x,y") { _ in "a" }, "t.csv, column y: has only one class, 'a'; two are needed"),
    (
      table("x,y") { $0 == 7 ? "about 5" : "\($0).25" },
      "t.csv, line 9, column y: a number is needed, as most are, not 'about 5'; --task classification"
    ),
    (table("x,y") { "\($0 + 1)e200" }, "t.csv, line 2, column y: a number up to 1e150 is needed"),
    (
      "x,y\n" + (0..<30).map { "12345678901234567890\(100 + $0),\($0 * 7 % 30).5\n" }.joined(),
      "t.csv: has no column to learn from: x: its numbers are one number to 16 digits"
    ),
  ]

  @Test(arguments: refused.indices) func theSentenceSaysWhatToDo(index: Int) throws {
    let (text, start) = Self.refused[index], path = try scratch.write("t.csv", text)
    let error = #expect(throws: FileError.self) {
      _ = try TableReading(CSVTable(contentsOf: path, dialect: nil)).fit()
    }
    let said = "\(error.map { "\($0)" } ?? "")".replacing(path, with: "t.csv")
    #expect(said.hasPrefix(start), "\(said)")
    #expect(throws: FileError.self, "a stream refuses it, too") { _ = try TableStream(path, dialect: nil) }
  }

  /// A delimiter behind each line makes a column without a name and without a cell: it is not what is predicted.
  @Test func aDelimiterBehindEachLineIsNoTarget() throws {
    let reading = try reading(Self.table("x,y,") { Self.letters($0) + "," })
    let encoder = try reading.fit()
    #expect(encoder.target.columns == ["y"] && encoder.columns.map(\.name) == ["x"])
    #expect(try TableStream(scratch.write("s.csv", Self.table("x,y,") { Self.letters($0) + "," })).encoder == encoder)
  }

  @Test func aColumnWithoutANameIsCalledByItsPosition() throws {
    #expect(try CSVTable("x,,y,\n1,2,3,4\n", file: "t").columns == ["x", "2", "y", "4"])
    #expect(try CSVTable("x,,2\n1,2,3\n", file: "t", hasNames: true).columns == ["x", "", "2"])
  }

  @Test func yesAndNoAreOneClassEachHoweverTheyAreWritten() throws {
    let table = try CSVTable(Self.table("x,y") { ["TRUE", "False", "true", "FALSE"][$0 % 4] }, file: "t")
    let encoder = try TableReading(table).fit()
    #expect(encoder.target.classNames == ["false", "true"])
    #expect(try encoder.targets(of: table, rows: [0, 1, 2, 3]).indices == [1, 0, 1, 0])
    let plain = try TableReading(CSVTable(Self.table("x,y") { ["Yes", "No"][$0 % 2] }, file: "t")).fit()
    #expect(plain.target.classNames == ["No", "Yes"], "as they are written, where all are written alike")
    #expect(try plain.targets(of: CSVTable("x,y\n1,Yes\n", file: "n"), rows: [0]).indices == [1])
  }

  @Test func whatIsProbablyMeantOtherwiseIsSaid() throws {
    let colors = ["Red", "red", "blue"]
    let colored = try reading(Self.table("x,c,y") { "\(colors[$0 % 3]),\($0 * 13 % 7).5" })
    #expect(colored.profiles[1].notes.contains("Red and red are different texts"))
    let coded = try reading(Self.table("x,zip,y") { "0\(1000 + $0 % 5 * 111),\($0 * 13 % 7).5" })
    #expect(coded.profiles[1].notes.contains("some begin with 0: are they codes? --kind zip=category"))
  }

  @Test(arguments: ["-", "#N/A", "<NA>", "n.a.", " - "]) func wordsForNothingAreMissing(word: String) throws {
    let reading = try reading(Self.table("x,z,y") { ($0 % 6 == 1 ? word : "-\($0)") + "," + Self.letters($0) })
    #expect(reading.profiles[1].missing == 5 && reading.profiles[1].kind == .number)
  }
}
