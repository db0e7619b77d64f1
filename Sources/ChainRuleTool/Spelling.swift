import ChainRuleFiles

/// How a table is written, where that is not to be found out: options of every command that reads one.
struct SpellingOptions: CommandOptions {
  let delimiter = Option<CSVDialect.Delimiter>(
    "delimiter", "NAME", "comma, semicolon, tab or pipe; found out unless given")
  let decimal = Option<DecimalMark>(
    "decimal", "NAME", "point or comma; found out, or as the model was trained, unless given")
  let encoding = Option<CSVDialect.Encoding>(
    "encoding", "NAME", "utf-8, utf-16le, utf-16be, windows-1252; found out unless given")
  let header = Option<Answer>("header", "YES", "whether the first line has names: yes or no; told from it unless given")
}

/// What is known of a table's spelling.
struct Spelling: Codable, Equatable {
  var delimiter: CSVDialect.Delimiter?
  var decimal: DecimalMark?
  var encoding: CSVDialect.Encoding?
  var header: Answer?

  init() {}

  init<Options>(_ arguments: Arguments<Options>, _ options: KeyPath<Options, SpellingOptions>) throws {
    delimiter = try arguments[options.appending(path: \.delimiter)]
    decimal = try arguments[options.appending(path: \.decimal)]
    encoding = try arguments[options.appending(path: \.encoding)]
    header = try arguments[options.appending(path: \.header)]
  }

  /// A table that is written so, as `trained` was where nothing is said, and otherwise as it is found out. A number may
  /// read as another one under the other mark of decimals: that is never guessed for a model.
  func read(_ file: String, as trained: CSVDialect? = nil) throws -> CSVTable {
    try CSVTable(contentsOf: file) { correct(&$0, as: trained) }
  }

  /// Puts what is known in the place of what was found out.
  func correct(_ dialect: inout CSVDialect, as trained: CSVDialect?) {
    dialect.delimiter = delimiter ?? dialect.delimiter
    dialect.hasDecimalComma =
      decimal.map { $0 == .comma } ?? trained?.hasDecimalComma ?? dialect.hasDecimalComma
    dialect.encoding = encoding ?? dialect.encoding
    dialect.hasNames = header.map { $0 == .yes } ?? trained?.hasNames
  }
}

/// What stands before the decimals of a number.
enum DecimalMark: String, CaseIterable, Codable { case point, comma }

/// Yes or no.
enum Answer: String, CaseIterable, Codable { case yes, no }
