import ChainRuleCore
import Testing

@testable import ChainRuleFiles

@Suite("Numbers as most cells spell them")
struct PlainNumberTests {
  private func value(_ text: String, mark: Character = ".") -> Double? {
    Array(text.utf8).withUnsafeBufferPointer { PlainNumber.value($0, mark: mark.asciiValue ?? 0) }
  }

  /// The bits are those of the C library.
  @Test func anyPlainNumberIsTheNearestDouble() {
    var numbers = RandomNumbers(seed: 1), read = 0
    for _ in 0..<20_000 {
      let digits = Int(numbers.next() % 17) + 1, decimals = Int(numbers.next() % UInt64(digits))
      var text = (0..<digits).map { _ in "\(numbers.next() % 10)" }.joined()
      if decimals > 0 { text.insert(".", at: text.index(text.endIndex, offsetBy: -decimals)) }
      if numbers.next() % 3 == 0 { text = "-" + text }
      guard let number = value(text) else { continue }
      read += 1
      #expect(number.bitPattern == Double(text)?.bitPattern, "\(text)")
    }
    #expect(read > 15_000)
  }

  @Test(arguments: [
    "", "-", ".", "5.", ".5", "1e3", "1.2.3", "1,2", "x", "1 2", "0x1", "nan", "9007199254740993",
    "12345678901234567890",
    "--1", "1-", "1.000000000000000000001",
  ]) func othersAreLeftToTheGeneralReader(text: String) { #expect(value(text) == nil) }

  @Test func marksAreThoseOfTheTable() {
    #expect(value("1,5", mark: ",") == 1.5 && value("1.5", mark: ",") == nil && value("-0")?.sign == .minus)
    #expect(value("9007199254740992") == 9_007_199_254_740_992)
  }

  /// A table reads each cell as its general reader does, in either spelling.
  @Test(arguments: [false, true]) func aTableReadsWhatItAlwaysRead(hasDecimalComma: Bool) throws {
    let cells = [
      "1.5", "1,5", " 7 ", "\t8\t", "\u{A0}9\u{A0}", "1e3", "-2", "+3", "1.234", "1,234", "1.234,5", "12 %", "$5", "x",
      "na", "NA",
      "n/a", "?", "", "  ", "none", "nan", "null", "inf", "-inf", "é", "0005", "1'000",
    ]
    let dialect = CSVDialect(delimiter: .semicolon, hasDecimalComma: hasDecimalComma, hasNames: true)
    let text = "a;b\n" + cells.map { "\($0);1\n" }.joined()
    let scratch = try Scratch()
    let table = try CSVTable(contentsOf: scratch.write("t.csv", text), dialect: dialect)
    let missing: Set = ["na", "n/a", "?", "", "none", "nan", "null"]
    for (row, cell) in cells.enumerated() {
      let plain = CSVColumns.trimmed(cell)
      #expect(table.value(row, 0)?.bitPattern == dialect.number(plain)?.bitPattern, "\(cell)")
      #expect(table.isMissing(row, 0) == missing.contains(plain.lowercased()), "\(cell)")
    }
  }
}
