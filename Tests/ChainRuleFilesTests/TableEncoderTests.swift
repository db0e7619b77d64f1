import ChainRuleCore
import Foundation
import Testing

@testable import ChainRuleFiles

@Suite("Tables as they are")
struct TableEncoderTests {
  static let spellings: [(String, CSVDialect.Delimiter, Bool)] = [
    ("a,b\n1.5,2\n", .comma, false), ("a;b\n1,5;2\n", .semicolon, true), ("a;b\n1.5;2\n", .semicolon, false),
    ("a\tb\n1.5\t2\n", .tab, false), ("a|b\n1.5|x,y\n", .pipe, false), ("a\n1.5\n", .comma, false),
    ("a;b\n€ 3,50;5 %\n", .semicolon, true), ("a;b\n$3.50;1,200.50\n", .semicolon, false),
    ("a;b\n\"x;y\";1.234,5\n", .semicolon, true), ("a,b\n\"1;2\",\"3;4\"\n", .comma, false),
  ]

  @Test(arguments: spellings)
  func theSpellingIsFoundOut(text: String, delimiter: CSVDialect.Delimiter, hasDecimalComma: Bool) {
    let dialect = CSVDialect(detectedIn: Array(text.utf8), file: "t.csv")
    #expect(dialect.delimiter == delimiter)
    #expect(dialect.hasDecimalComma == hasDecimalComma)
    #expect(dialect.encoding == .utf8)
  }

  static let numbers: [(String, point: Double?, comma: Double?)] = [
    ("1.5", 1.5, nil), ("1,5", nil, 1.5), ("1,234.5", 1234.5, nil), ("1.234,5", nil, 1234.5), ("1.234", 1.234, 1234),
    ("1,234", 1234, 1.234), ("-1,234,567", -1_234_567, nil), ("1,23,456", nil, nil), ("12,34.5", nil, nil),
    ("1e3", 1000, 1000), ("1,5e3", nil, 1500), (",5", nil, 0.5), ("", nil, nil), ("1.234.567", nil, 1_234_567),
    ("12 %", 12, 12), ("12%", 12, 12), ("-3.5%", -3.5, nil), ("$1,200", 1200, 1.2), ("€ 3,50", nil, 3.5),
    ("-$5", -5, -5), ("$-5", -5, -5), ("$.5", 0.5, nil), ("1,200.50 €", 1200.5, nil), ("7 CHF", 7, 7), ("USD 7", 7, 7),
    ("1 234", 1234, 1234), ("1\u{A0}234,5", nil, 1234.5), ("1\u{202F}234.5", 1234.5, nil), ("1'234.5", 1234.5, nil),
    ("1 2", nil, nil), ("1,234 567", nil, nil), ("$", nil, nil), ("%", nil, nil), ("%5", nil, nil), ("$5 %", nil, nil),
    ("5 $ 3", nil, nil), ("5 kg", nil, nil), ("A5", nil, nil), ("+-5", nil, nil), ("$ 5 €", nil, nil),
  ]

  @Test(arguments: numbers)
  func numbersAreReadInTheirOwnSpelling(text: String, point: Double?, comma: Double?) {
    #expect(CSVDialect().number(text) == point)
    #expect(CSVDialect(delimiter: .semicolon, hasDecimalComma: true).number(text) == comma)
  }

  @Test func lettersAreReadInTheirOwnEncoding() throws {
    let windows = CSVDialect(encoding: .windows1252)
    #expect(try windows.text(of: [0x41, 0xE9, 0x80, 0x9C], file: "t") == Array("Aé€œ".utf8))
    #expect(throws: FileError.self) { try CSVDialect(encoding: .utf16BigEndian).text(of: [0, 65, 0], file: "t") }
    #expect(throws: FileError.self) {
      try CSVDialect(encoding: .utf16LittleEndian).text(of: [0x00, 0xD8, 0x41, 0], file: "t")
    }
  }

  /// Days since 1970-01-01, as `date -u -d … +%s` has them, divided by 86,400.
  static let dates: [(String, DateReader.Order, Double?)] = [
    ("1970-01-01", .yearMonthDay, 0), ("2000-03-01", .yearMonthDay, 11017), ("2024-02-29", .yearMonthDay, 19782),
    ("2023-02-29", .yearMonthDay, nil), ("1900-02-29", .yearMonthDay, nil),
    ("1999-12-31T12:00:00Z", .yearMonthDay, 10956.5),
    ("29.02.2024", .dayMonthYear, 19782), ("2/29/2024", .monthDayYear, 19782), ("29/2/2024", .monthDayYear, nil),
    ("1969-12-31", .yearMonthDay, -1), ("2024-13-01", .yearMonthDay, nil), ("2024-1-1 25:00", .yearMonthDay, nil),
    ("x-1-1", .yearMonthDay, nil), ("99999999999-1-1", .yearMonthDay, nil),
    ("1999-12-31 6:00 PM", .yearMonthDay, 10956.75), ("12/31/1999 12:00 am", .monthDayYear, 10956),
    ("1999-12-31 12:30 p.m.", .yearMonthDay, nil), ("1999-12-31 6PM", .yearMonthDay, 10956.75),
    ("1999-12-31 13:00 PM", .yearMonthDay, nil), ("1999-12-31 0:30 AM", .yearMonthDay, nil),
    ("1999-12-31T12:00:00+06:00", .yearMonthDay, 10956.25), ("1999-12-31T12:00-0600", .yearMonthDay, 10956.75),
    ("1999-12-31T21:00:00.000-03", .yearMonthDay, 10957), ("1999-12-31 12:00 UTC", .yearMonthDay, 10956.5),
    ("1999-12-31T12:00+99:00", .yearMonthDay, nil), ("1999-12-31T12:00+", .yearMonthDay, nil),
    ("1999-12-31T12:00+2", .yearMonthDay, nil),
  ]

  @Test(arguments: dates)
  func datesAreDays(text: String, order: DateReader.Order, days: Double?) {
    #expect(DateReader(order).days(text) == days)
  }

  private let table = """
    size,color,paid,kind
    1,red,yes,a
    3,blue,no,b
    ,red,yes,a
    5,,no,b

    """

  @Test func featuresAreWhatTheEquationsSay() throws {
    let table = try CSVTable(table, file: "t.csv")
    let encoder = try TableEncoder.fit(table)
    #expect(
      encoder.featureNames == ["size", "size is missing", "color=blue", "color=red", "color is missing", "paid"])
    // The median of 1, 3, 5 fills the gap: mean 3, variance (4 + 0 + 0 + 4)/4 = 2.
    let data = try encoder.transform(table)
    let s = 2.0.squareRoot()
    #expect(data.inputs.shape == [4, 6])
    #expect(
      data.inputs.scalars == [
        -2 / s, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, -1, 0, 1, 0, 1, 0, 1, 2 / s, 0, 0, 0, 1, -1,
      ])
    #expect(data.targets.indices == [0, 1, 0, 1])
    #expect(data.classNames == ["a", "b"])
    #expect(try encoder.inverse(Tensor([[0.1, 0.2], [3, -1]])) == ["b", "a"])
    let again = try JSONDecoder().decode(TableEncoder.self, from: JSONEncoder().encode(encoder))
    #expect(again == encoder && again.isSound)
  }

  @Test func anotherTableIsReadAsTheFirst() throws {
    let encoder = try TableEncoder.fit(CSVTable(table, file: "t.csv"))
    let other = try CSVTable("kind,paid,extra,color,size\na,YES,1,green,3\nc,no,1,red,3\n", file: "u.csv")
    let (features, unknown) = try encoder.encoded(other, rows: [0, 1])
    #expect(features.scalars == [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, -1])
    #expect(unknown == ["color": 1])
    let error = #expect(throws: FileError.self) { try encoder.transform(other) }
    #expect(error?.description == "u.csv, line 3, column kind: 'c' is none of the classes a, b")
    let narrow = try CSVTable("size,color\n1,red\n", file: "n.csv")
    #expect(throws: FileError.self) { try encoder.features(of: narrow) }
    let wrong = try CSVTable("size,color,paid\n1,red,perhaps\n", file: "w.csv")
    let complaint = #expect(throws: FileError.self) { try encoder.features(of: wrong) }
    #expect(complaint?.description == "w.csv, line 2, column paid: yes or no is needed, not 'perhaps'")
  }

  @Test func aNumberComesBackInItsUnit() throws {
    let rows = (0..<30).map { "\($0 % 7).5,\(100 + $0 * $0)\n" }.joined()
    let encoder = try TableEncoder.fit(CSVTable("x,y\n" + rows, file: "t.csv"), target: ["y"])
    #expect(encoder.target.task == .regression)
    let table = try CSVTable("x,y\n1,250\n2,75\n", file: "u.csv")
    let numbers = try encoder.numbers(of: encoder.targets(of: table, rows: [0, 1]))
    #expect(zip(numbers, [250, 75]).allSatisfy { abs($0 - $1) < 1e-10 })
    #expect(throws: ChainRuleError.self) { try encoder.numbers(of: Tensor([[1, 2]])) }
  }

  /// Targets, what they are taken to be, and the classes.
  static let targets: [([String], TableTask, [String])] = [
    ((0..<30).map { "\($0 % 3)" }, .classification, ["0", "1", "2"]),
    ((0..<60).map { "\($0 % 3 + 5)" }, .classification, ["5", "6", "7"]),
    ((0..<30).map { "\($0 % 2).0" }, .classification, ["0", "1"]),
    ((0..<30).map { ["10", "9", "x"][$0 % 3] }, .classification, ["10", "9", "x"]),
    ((0..<30).map { "\($0 * 7)" }, .regression, []), ((0..<30).map { "\($0 % 3).25" }, .regression, []),
  ]

  @Test(arguments: targets)
  func theTargetDecidesTheTask(cells: [String], task: TableTask, classes: [String]) throws {
    let rows = cells.enumerated().map { "\($0 * 3 % 7),\($1)\n" }.joined()
    let encoder = try TableEncoder.fit(CSVTable("x,y\n" + rows, file: "t.csv"))
    #expect(encoder.target.task == task)
    #expect(encoder.target.classNames == classes)
  }

  @Test func aColumnThatCountsTheRowsOrTellsTheTargetIsPointedOut() throws {
    let rows = (1...40).map { "\($0),\($0 * 7 % 5),\($0 % 2 == 0 ? "L" : "R"),\($0 % 2 == 0 ? "a" : "b"),n\($0)\n" }
    let table = try CSVTable("id,x,side,kind,name\n" + rows.joined(), file: "t.csv")
    let reading = try TableReading(table, target: ["kind"])
    #expect(reading.profiles.map(\.kind) == [.ignored, .number, .category, .ignored])
    #expect(reading.profiles[0].notes.first?.hasPrefix("left out: it counts the rows") == true)
    #expect(reading.profiles[2].notes == ["decides kind alone: is it known before?"])
    #expect(reading.profiles[1].notes.isEmpty)
    #expect(try TableEncoder.fit(table, target: ["kind"]).featureNames == ["x", "side=L", "side=R"])
    var options = TableEncoder.Options()
    options.kinds = ["id": .number]
    options.ignored = ["side", "x"]
    #expect(try TableEncoder.fit(table, target: ["kind"], options: options).featureNames == ["id"])
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "accepted"
  }

  @Test func aColumnHasOneUnit() throws {
    let rows = (0..<30).map { "\($0 * 7 % 11) %,\"$\($0 % 7 + 1),\($0 % 5)00\",\($0 % 2)\n" }.joined()
    let table = try CSVTable("share,cost,y\n" + rows, file: "t.csv")
    let reading = try TableReading(table)
    #expect(reading.profiles.map(\.kind) == [.number, .number])
    #expect(reading.profiles.map(\.notes) == [["read as numbers in %"], ["read as numbers in $"]])
    let encoder = try reading.fit()
    func features(_ share: String, _ cost: String) throws -> [Double] {
      try encoder.features(of: CSVTable("share,cost\n\(share),\"\(cost)\"\n", file: "u.csv")).scalars
    }
    #expect(try features("10%", "$2,200") == features("10 %", "2200"))
    #expect(
      message { _ = try features("0.1", "$2,200") }
        == "u.csv, line 2, column share: a number in % is needed, as in the training, not '0.1'")
    #expect(
      message { _ = try features("1 %", "€5") }
        == "u.csv, line 2, column cost: a number in $ is needed, as in the training, not '€5'")
    let mixed = try CSVTable("share,y\n1 %,0\n0.5,1\n", file: "m.csv")
    #expect(
      message { _ = try TableReading(mixed) }
        == "m.csv, line 3, column share: '0.5' is without a unit where cells above it are in %; write all in one unit")
    let again = try JSONDecoder().decode(TableEncoder.self, from: JSONEncoder().encode(encoder))
    #expect(again == encoder)
  }

  /// What is said of a column in two ways, and what is answered.
  static let contradictions: [([String]?, [String], [String: ColumnKind], String)] = [
    (["size", "color"], ["color"], [:], "t.csv, column color: cannot be a feature and be left out"),
    (["size"], [], ["color": .category], "t.csv, column color: is said to be of kind category and is left out"),
    (nil, ["size"], ["size": .number], "t.csv, column size: is said to be of kind number and is left out"),
    (["size"], [], ["size": .ignored], "t.csv, column size: cannot be a feature and be left out"),
    (nil, ["kind"], [:], "t.csv, column kind: cannot be left out, for it is the target"),
    (["size", "kind"], [], [:], "t.csv, column kind: cannot be a feature and the target"),
    (
      nil, [], ["kind": .category],
      "t.csv, column kind: is the target and takes no kind (category); the task says what it is: regression, "
        + "classification, multilabel"
    ),
    (
      nil, ["size", "color", "paid"], [:],
      "t.csv: has no column to learn from: all beside the target are left out by --ignore"
    ),
    (nil, [], ["sizes": .number], "t.csv: has no column 'sizes'; its columns are size, color, paid, kind"),
    (
      nil, ["size"], ["color": .ignored, "paid": .ignored],
      "t.csv: has no column to learn from: color: said to be ignored; paid: said to be ignored"
    ),
  ]

  @Test(arguments: contradictions.indices) func whatContradictsItselfIsRefused(index: Int) throws {
    let (features, ignored, kinds, words) = Self.contradictions[index]
    var options = TableEncoder.Options()
    (options.features, options.ignored, options.kinds) = (features, ignored, kinds)
    let table = try CSVTable(table, file: "t.csv")
    #expect(message { _ = try TableEncoder.fit(table, options: options) } == words)
  }

  @Test func whyEachColumnIsLeftOutIsSaid() throws {
    let rows = (0..<40).map { "n\($0),same,,\($0 % 2)\n" }.joined()
    let table = try CSVTable("name,place,gap,y\n" + rows, file: "t.csv")
    #expect(
      message { _ = try TableEncoder.fit(table) }
        == "t.csv: has no column to learn from: name: texts, all different; --kind name=category keeps it; place: every "
        + "row has 'same'; gap: no cell has a value")
  }

  /// Cells of a column of times, the order of the rows, or what is answered.
  static let times: [([String], [Int], String)] = [
    (["3", "1", "2"], [1, 2, 0], "numbers"),
    (["2020-01-03", "2020-01-01", "2020-01-02"], [1, 2, 0], "dates, year-month-day"),
    (["1/12/2020", "2/11/2019", "1/1/2020"], [1, 2, 0], "dates, month/day/year"),
    (
      ["2020-01-01T10:00+02:00", "2020-01-01T09:30Z", "2020-01-01T09:00+01:00"], [0, 2, 1], "dates, year-month-day"
    ),
    (["2020-01-01 1:00 PM", "2020-01-01 11:00 AM", "2020-01-01 12:30 AM"], [2, 1, 0], "dates, year-month-day"),
    (
      ["2020-01-03", "Tuesday", "2020-01-02"], [],
      "t.csv, line 3, column when: a time is a number or a date as 2024-02-29, 29.02.2024 or 2/29/2024 13:45, not 'Tuesday'"
    ),
    (["10 am", "9 am", "8 am"], [], "t.csv, line 2, column when: a time is a number or a date"),
    (
      ["2020-01-03", "17", "2020-01-02"], [],
      "t.csv, column when: holds dates and numbers, or dates in several orders; a time is one of them throughout"
    ),
    (["31.1.2020", "1/31/2020", "1/1/2020"], [], "t.csv, column when: holds dates and numbers, or dates in several"),
    (["2020-01-03", "", "2020-01-02"], [], "t.csv, line 3, column when: a time is needed, not a missing cell"),
  ]

  @Test(arguments: times.indices) func timesAreNumbersOrDates(index: Int) throws {
    let (cells, order, words) = Self.times[index]
    let rows = cells.enumerated().map { "\($0 * $0),\($1),\($0 % 2)\n" }.joined()
    var options = TableEncoder.Options()
    options.ignored = ["when"]
    let reading = try TableReading(CSVTable("x,when,y\n" + rows, file: "t.csv"), options: options)
    do {
      let (rows, said) = try reading.rowsInTime("when")
      #expect(rows == order)
      #expect(said == words)
    } catch { #expect("\(error)".hasPrefix(words), "\(error)") }
  }

  @Test func aDamagedEncoderIsNotSound() throws {
    let encoder = try TableEncoder.fit(CSVTable(table, file: "t.csv"))
    let text = String(decoding: try JSONEncoder().encode(encoder), as: UTF8.self)
    for (before, after) in [
      ("\"color\"", "\"size\""), ("\"kind\":\"category\"", "\"kind\":\"date\""),
      ("[\"blue\",\"red\"]", "[\"red\",\"red\"]"), ("[\"a\",\"b\"]", "[\"a\",\"a\"]"), ("[\"a\",\"b\"]", "[\"a\"]"),
      ("\"deviation\":1,", "\"deviation\":0,"),
    ] where text.contains(before) {
      let damaged = try JSONDecoder().decode(TableEncoder.self, from: Data(text.replacing(before, with: after).utf8))
      #expect(!damaged.isSound, "\(after)")
    }
  }
}
