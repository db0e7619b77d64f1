import ChainRule
import ChainRuleFiles
import ChainRuleLearning

/// What the options of `train` say about a table: how it is written, what its columns are, which rows are for testing.
struct TableChoices: Codable, Equatable {
  var options = TableEncoder.Options()
  var spelling = Spelling()
  var testFile: String?
  var testFraction = 0.2
  var folds: Int?
  var group: String?
  var time: String?
  var weight: String?
  var balancesClasses = false
  var loss: LossChoice?
  /// Whether the table stays on disk; nil in runs from before it could.
  var streams: Bool?

  init() {}

  init(_ arguments: Arguments<TrainOptions>) throws {
    let given = arguments.givenNames.filter { Self.names(arguments.options).contains($0) }
    guard given.isEmpty || arguments.has(\.data) else {
      throw UsageError("--\(given[0]) belongs to a table: --data FILE.csv")
    }
    options.task = try arguments[\.task]
    options.features = try arguments[\.features].map { try Self.list($0, "features") }
    options.ignored = try arguments[\.ignore].map { try Self.list($0, "ignore") } ?? []
    options.missing = try arguments[\.missing] ?? .fill
    for text in arguments[\.kind] {
      let (name, kind) = try Self.kind(text)
      guard options.kinds.updateValue(kind, forKey: name) == nil else {
        throw UsageError("--kind says twice what \(name) is")
      }
    }
    spelling = try Spelling(arguments, \.spelling)
    testFile = try arguments[\.testFile]
    testFraction = try arguments[\.testFraction] ?? 0.2
    folds = try arguments[\.folds]
    (group, time) = (try arguments[\.group], try arguments[\.time])
    weight = try arguments[\.weight]
    balancesClasses = try arguments[\.classWeights] == .balanced
    loss = try arguments[\.loss]
    streams = try arguments[\.data].map { try Self.streams($0, arguments) }
    try refuseContradictions(arguments)
  }

  private func refuseContradictions(_ arguments: Arguments<TrainOptions>) throws {
    let rivals = [
      ("test-file", testFile != nil), ("test-fraction", arguments.has(\.testFraction)), ("folds", folds != nil),
    ].filter(\.1).map(\.0)
    if rivals.count > 1 {
      throw UsageError("--\(rivals[0]) and --\(rivals[1]) both say which rows are for testing; give one")
    }
    if group != nil, time != nil { throw UsageError("--group and --time both say how rows are parted; give one") }
    if testFile != nil, let name = group ?? time {
      throw UsageError("--test-file has the rows for testing; rows are not parted by \(name)")
    }
    if time != nil, folds != nil {
      throw UsageError("--folds would train on later rows than it tests on; leave out --time")
    }
  }

  private static func names(_ options: TrainOptions) -> Set<String> {
    let all: [any DeclaredOption] = [
      options.task, options.features, options.ignore, options.kind, options.missing, options.testFile,
      options.testFraction, options.folds,
      options.group, options.time, options.weight, options.classWeights, options.loss, options.stream,
    ]
    return Set((all + options.spelling.all).map(\.name))
  }

  /// Names separated by commas.
  static func list(_ text: String, _ option: String) throws -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    guard names.allSatisfy({ !$0.isEmpty }), Set(names).count == names.count else {
      throw UsageError("--\(option) takes different names of columns with commas between them, not '\(text)'")
    }
    return names
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  private static func kind(_ text: String) throws -> (String, ColumnKind) {
    let kinds = ColumnKind.allCases.map(\.rawValue)
    guard let sign = text.lastIndex(of: "="), sign != text.startIndex,
      let kind = ColumnKind(rawValue: String(text[text.index(after: sign)...]))
    else {
      let word = text.split(separator: "=").last.map(String.init) ?? text
      throw UsageError(
        "--kind takes COLUMN=KIND with one of \(kinds.joined(separator: ", "))"
          + meant(word, among: kinds) { ", not '\(text)'" })
    }
    return (String(text[..<sign]), kind)
  }

  /// - Throws: for a choice that does not belong to a task.
  func check(task: TableTask) throws {
    let losses = LossChoice.choices(for: task)
    if let loss, !losses.contains(loss) {
      throw UsageError(
        "--loss \(loss.rawValue) is none of a \(task.rawValue), whose losses are: "
          + losses.map(\.rawValue).joined(separator: ", "))
    }
    guard !balancesClasses || task == .classification else {
      throw UsageError("--class-weights belongs to a classification, and this is a \(task.rawValue)")
    }
  }

  /// Whether choices that were read from a file can be carried out.
  var isSound: Bool {
    testFraction > 0 && testFraction < 1 && folds.map(TableChoices.foldRange.contains) ?? true
  }

  static let foldRange = 2...100

  /// Files of so many bytes are streamed unless something else is said.
  static let streamedBytes = 512 << 20

  /// Whether a table stays on disk: as it is said, or because it is large.
  /// - Throws: where an option needs all rows at once.
  private static func streams(_ file: String, _ arguments: Arguments<TrainOptions>) throws -> Bool {
    let answer = try arguments[\.stream], size = (try? RandomAccessFile(file).size) ?? 0
    guard answer.map({ $0 == .yes }) ?? (size >= streamedBytes) else { return false }
    let options = arguments.options
    let whole: [any DeclaredOption] = [
      options.testFile, options.folds, options.group, options.time, options.weight, options.classWeights,
    ]
    let isDropping = try arguments[\.missing].map { $0 != .fill } ?? false
    let names = whole.map(\.name).filter(arguments.givenNames.contains) + (isDropping ? ["missing"] : [])
    if let name = names.first {
      let why = answer == nil ? " (\(file) has \(size >> 20) MB)" : ""
      throw UsageError(
        "--\(name) needs all rows in memory, and the table is streamed\(why); --stream no reads it whole")
    }
    return true
  }
}

/// How much each class counts in the loss.
enum ClassWeighting: String, CaseIterable, Codable { case none, balanced }
