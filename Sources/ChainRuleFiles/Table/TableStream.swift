import ChainRuleCore
import ChainRuleTraining

/// A table of any size that stays on disk while a model is trained on it: one pass notes where rows start and takes rows
/// evenly from the whole file, to which an encoder is fitted; then a batch reads only the blocks that hold its rows.
///
/// ```swift
/// let stream = try TableStream("clicks.csv", target: ["bought"])
/// let model = Sequential(Dense(stream.encoder.featureNames.count, stream.encoder.target.outputCount))
/// try Training(model, loss: softmaxCrossEntropy, optimizer: Adam())
///   .run(on: stream, epochs: 2, batchSize: 256, order: stream.order(seed: 1))
/// ```
///
/// The encoder has seen every text of a column with up to 1,000 of them, and means and medians of the rows that were taken.
/// Rows without a target are left out; the encoder may be kept from learning from some others.
public struct TableStream: DataSource {
  /// The path of the file.
  public let path: String
  /// How rows become features and targets.
  public let encoder: TableEncoder
  /// What was found out about the columns.
  public let reading: TableReading
  /// How many rows have a target.
  public let count: Int
  /// How many rows have none.
  public var withoutTarget: Int { gaps.count }
  /// Two batches are read ahead while the model trains.
  public var prefetchCount: Int { 2 }

  private let file: RandomAccessFile
  private let reader: CSVColumns
  /// Where every `blockRows`-th row starts.
  private let starts: [(offset: Int, line: Int)]
  /// The rows without a target, in order.
  private let gaps: [Int]
  private static let blockRows = 64
  private static let longestRow = 1 << 20

  /// Reads the file once, without keeping its rows.
  ///
  /// - Parameters:
  ///   - target: the columns to predict; the last one by default.
  ///   - sample: how many rows the encoder is fitted to, at least; all of a file with fewer.
  ///   - dialect: how the table is written; found out in its first lines by default.
  ///   - known: what is known better than what was found out.
  ///   - isHeldOut: positions, among the rows with a target, that the encoder learns nothing of but their classes.
  /// - Throws: a `FileError` as `CSVTable` and `TableReading` do; for a file that is not written in UTF-8; and where
  ///   rows with gaps are to be dropped or refused, for which a table in memory is needed.
  public init(
    _ path: String, target: [String]? = nil, options: TableEncoder.Options = .init(), sample: Int = 50_000,
    dialect: CSVDialect? = nil, correcting known: (inout CSVDialect) -> Void = { _ in },
    holdingOut isHeldOut: (Int) -> Bool = { _ in false }
  ) throws {
    guard options.missing == .fill else {
      throw FileError(path, "is streamed, where gaps are filled; read it as a CSVTable to drop or refuse them")
    }
    let file = try RandomAccessFile(path)
    let head = try file.read(Swift.min(file.size, 1 << 17), at: 0)
    var dialect = dialect ?? CSVDialect(detectedIn: Self.wholeLetters(head), file: path)
    known(&dialect)
    guard dialect.encoding == .utf8 else {
      throw FileError(path, "is streamed and written in \(dialect.encoding.rawValue); convert it to UTF-8")
    }
    var scan = Scan(path: path, target: target, dialect: dialect, least: Swift.max(sample, 100))
    var tokenizer = CSVTokenizer(file: path, delimiter: dialect.delimiter.byte)
    while tokenizer.offset < file.size {
      let size = Swift.min(1 << 18, file.size - tokenizer.offset)
      try tokenizer.read(file.read(size, at: tokenizer.offset)) { try scan.add($0) }
      guard tokenizer.pendingCount <= Self.longestRow else {
        throw FileError(path, "has a line of more than \(Self.longestRow) bytes before byte \(tokenizer.offset)")
      }
    }
    try tokenizer.finish { try scan.add($0) }
    guard let reader = scan.reader else { throw FileError(path, "is empty; a line of column names is needed") }
    guard scan.count > 0 else { throw FileError(path, "has column names but no rows") }
    (self.path, self.file, self.reader) = (path, file, reader)
    (starts, gaps, count) = (scan.starts, scan.gaps, scan.count - scan.gaps.count)
    let taken = scan.taken
    reading = try TableReading(
      CSVTable(reader, records: taken.map(\.record), of: scan.count),
      target: target ?? scan.targets.map { reader.names[$0] }, options: options)
    let learnt = reading.rows.filter { !isHeldOut(taken[$0].position) }
    encoder = try reading.fit(rows: learnt.isEmpty ? nil : learnt)
  }

  /// The first bytes of a file, without a letter that is cut at their end.
  private static func wholeLetters(_ bytes: [UInt8]) -> [UInt8] {
    guard let end = bytes.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }), bytes[end] >= 0xC0 else { return bytes }
    return Array(bytes[..<end])
  }

  // MARK: The first pass

  /// What one pass over the file notes: where rows start, and rows that are taken from all of it.
  private struct Scan {
    let path: String
    let target: [String]?
    let dialect: CSVDialect
    /// So many rows are taken at least, and twice as many at most.
    let least: Int
    var reader: CSVColumns?
    var starts: [(offset: Int, line: Int)] = []
    var gaps: [Int] = []
    var count = 0
    private(set) var targets: [Int] = []
    /// Every so many-th row is taken.
    private var step = 1
    private var sample: [Taken] = []
    /// Rows with a text that its column did not have before.
    private var firsts: [Taken] = []
    private var texts: [Set<String>] = []

    init(path: String, target: [String]?, dialect: CSVDialect, least: Int) {
      (self.path, self.target, self.dialect, self.least) = (path, target, dialect, least)
    }

    /// A row with its number in the file, and among the rows with a target.
    struct Taken {
      let row: Int, position: Int
      let record: CSVRecord
    }

    /// The rows that were taken, in the order of the file.
    var taken: [Taken] {
      let rows = Set(sample.map(\.row))
      return (sample + firsts.filter { !rows.contains($0.row) }).sorted { $0.row < $1.row }
    }

    mutating func add(_ record: CSVRecord) throws {
      if reader == nil {
        let columns = try CSVColumns(record, file: path, dialect)
        reader = columns
        targets = try target.map { try $0.map { try columns.position(of: $0) } } ?? []
        texts = [Set<String>](repeating: [], count: columns.names.count)
        if columns.hasNames { return }
      }
      try reader?.checkCount(of: record)
      if targets.isEmpty { targets = [lastColumn(record)] }
      if count % TableStream.blockRows == 0 { starts.append((record.offset, record.line)) }
      if targets.contains(where: { CSVTable.isMissing(record[$0]) }) {
        gaps.append(count)
      } else if count % step == 0 {
        sample.append(Taken(row: count, position: count - gaps.count, record: record.kept))
        thin()
      } else if hasNews(record) {
        firsts.append(Taken(row: count, position: count - gaps.count, record: record.kept))
      }
      count += 1
    }

    /// The last column; the one before where it has no name and the first row has nothing in it, for lines that end in a
    /// delimiter.
    private func lastColumn(_ first: CSVRecord) -> Int {
      guard let reader, let name = reader.names.last else { return 0 }
      let last = reader.names.count - 1
      let isEmpty = last > 0 && reader.hasNames && name == "\(last + 1)" && CSVTable.isMissing(first[last])
      return isEmpty ? last - 1 : last
    }

    /// Takes every other row only, where there are too many.
    private mutating func thin() {
      guard sample.count > 2 * least else { return }
      step *= 2
      for entry in sample where hasNews(entry.record) { firsts.append(entry) }
      let step = step
      sample.removeAll { $0.row % step != 0 }
    }

    /// Whether a column of few texts has a new one.
    private mutating func hasNews(_ record: CSVRecord) -> Bool {
      var isNew = false
      for column in texts.indices where texts[column].count <= ColumnEncoder.mostValues {
        let isNumber = record.withBytes(of: column) { bytes in
          PlainNumber.trimmed(bytes).flatMap { PlainNumber.value($0, mark: UInt8(ascii: ".")) } != nil
        }
        guard !isNumber || targets.contains(column) else { continue }
        if texts[column].insert(CSVColumns.trimmed(record[column])).inserted { isNew = true }
      }
      return isNew
    }
  }

  // MARK: Rows

  /// The rows at the given positions among those with a target, encoded, in single precision.
  /// - Throws: a `FileError` for a position beyond the last row, a cell that is not what its column is, a file that has
  ///   changed.
  public func examples(at positions: [Int]) throws -> Dataset {
    var blocks: [Int: [CSVRecord]] = [:]
    let records = try positions.map { position -> CSVRecord in
      guard (0..<count).contains(position) else {
        throw FileError(path, "has \(count) rows with a target; there is no row \(position)")
      }
      let (block, place) = row(position).quotientAndRemainder(dividingBy: Self.blockRows)
      if blocks[block] == nil {
        if blocks.count >= 64 { blocks.removeAll() }
        blocks[block] = try self.records(ofBlock: block)
      }
      guard let records = blocks[block], place < records.count else {
        throw FileError(path, "has changed while it is read")
      }
      return records[place]
    }
    let plain = try encoder.transform(CSVTable(reader, records: records))
    let targets = plain.targets
    return try Dataset(
      inputs: plain.inputs.converted(to: .float32),
      targets: targets.elementType == .int32 ? targets : targets.converted(to: .float32), classNames: plain.classNames)
  }

  /// The row of the file at a position among those with a target.
  private func row(_ position: Int) -> Int {
    // The number of gaps before the row, by bisection: gap g stands before it where gaps[g] − g ≤ position.
    var low = 0, high = gaps.count
    while low < high {
      let middle = (low + high) / 2
      if gaps[middle] - middle <= position { low = middle + 1 } else { high = middle }
    }
    return position + low
  }

  private func records(ofBlock block: Int) throws -> [CSVRecord] {
    let (start, line) = starts[block], end = block + 1 < starts.count ? starts[block + 1].offset : file.size
    var records: [CSVRecord] = []
    var tokenizer = CSVTokenizer(file: path, offset: start, line: line, delimiter: reader.dialect.delimiter.byte)
    try tokenizer.read(try file.read(end - start, at: start)) { records.append($0.kept) }
    try tokenizer.finish { records.append($0.kept) }
    return records
  }

  /// A random order that reads few blocks for a batch: windows of 1,024 rows in random order, and the rows of each in
  /// random order.
  public func order(seed: UInt64) -> BatchOrder {
    .custom { epoch, count in
      var numbers = RandomNumbers(seed: seed &+ UInt64(truncatingIfNeeded: epoch) &* 0xD1B5_4A32_D192_ED03)
      let window = 16 * Self.blockRows
      var order: [Int] = []
      order.reserveCapacity(count)
      for place in numbers.permutation(of: (count + window - 1) / window) {
        let start = place * window
        for row in numbers.permutation(of: Swift.min(window, count - start)) { order.append(start + row) }
      }
      return order
    }
  }
}
