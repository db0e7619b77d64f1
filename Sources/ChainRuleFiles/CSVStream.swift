import ChainRuleCore
import ChainRuleTraining

/// A CSV file of numbers that stays on disk: one pass notes where every 64th row starts, and a batch reads only the
/// blocks that hold its rows. Cells, names, numbers and labels are read as ``CSVTable`` reads them.
public struct CSVStream: DataSource {
  /// The path of the file.
  public let path: String
  /// The names in the first line; `1`, `2`, … where the first line holds numbers already.
  public var columns: [String] { reader.names }
  /// How many rows the file has.
  public let count: Int
  /// `0`, `1`, … up to the largest label; empty for a regression.
  public let classNames: [String]
  /// Two batches are read ahead while the model trains.
  public var prefetchCount: Int { 2 }

  private let file: RandomAccessFile
  private let reader: CSVColumns
  private let target: Int
  private let isRegression: Bool
  /// Where every `blockRows`-th row starts.
  private let starts: [(offset: Int, line: Int)]
  private static let blockRows = 64
  /// Longer rows are refused, so that a file without line ends takes no memory.
  private static let longestRow = 1 << 20
  /// Larger labels are refused, so that a slip in a file makes no list of a billion class names.
  private static let mostClasses = 1_000_000

  /// Reads the file once, without keeping its rows.
  ///
  /// - Parameters:
  ///   - target: the column of class indices (whole numbers from 0), or of numbers where `isRegression`.
  ///   - hasNames: whether the first line holds names; told by the cells where nothing is said.
  /// - Throws: a `FileError` for a file without rows, a column that is missing, a row with too few or too many cells,
  ///   and a label that is none. Features are read, and refused, with their batch.
  public init(
    _ path: String, target: String, isRegression: Bool = false, hasNames: Bool? = nil
  ) throws {
    (self.path, self.isRegression) = (path, isRegression)
    let file = try RandomAccessFile(path)
    var scan = Scan(target: target, isRegression: isRegression, hasNames: hasNames)
    var tokenizer = CSVTokenizer(file: path)
    while tokenizer.offset < file.size {
      let size = Swift.min(1 << 16, file.size - tokenizer.offset)
      try tokenizer.read(file.read(size, at: tokenizer.offset)) { try scan.add($0, path) }
      guard tokenizer.pendingCount <= Self.longestRow else {
        throw FileError(path, "has a line of more than \(Self.longestRow) bytes before byte \(tokenizer.offset)")
      }
    }
    try tokenizer.finish { try scan.add($0, path) }
    guard let reader = scan.reader, let position = scan.position else {
      throw FileError(path, "is empty; a line of column names is needed")
    }
    guard scan.count > 0 else { throw FileError(path, "has column names but no rows") }
    (self.file, self.reader, self.target) = (file, reader, position)
    (starts, count) = (scan.starts, scan.count)
    classNames = (0..<scan.classCount).map(String.init)
  }

  /// What one pass over the file notes.
  private struct Scan {
    let target: String
    let isRegression: Bool
    let hasNames: Bool?
    var reader: CSVColumns?
    var position: Int?
    var starts: [(offset: Int, line: Int)] = []
    var count = 0, classCount = 0

    mutating func add(_ record: CSVRecord, _ path: String) throws {
      if reader == nil {
        let columns = try CSVColumns(record, file: path, CSVDialect(hasNames: hasNames))
        reader = columns
        position = try columns.position(of: target)
        if columns.hasNames { return }
      }
      guard let reader, let position else { return }
      try reader.checkCount(of: record)
      if count % CSVStream.blockRows == 0 { starts.append((record.offset, record.line)) }
      if !isRegression {
        let label = try reader.label(
          record[position], below: CSVStream.mostClasses, line: record.line, column: position)
        classCount = Swift.max(classCount, label + 1)
      }
      count += 1
    }
  }

  /// The rows at the given positions: inputs `[positions, columns − 1]`, targets `[positions]` or `[positions, 1]`.
  /// - Throws: a `FileError` for a position beyond the last row, a cell that is no number, a file that has changed.
  public func examples(at positions: [Int]) throws -> Dataset {
    var inputs: [Float] = [], labels: [Int] = [], values: [Float] = []
    var blocks: [Int: [CSVRecord]] = [:]
    for position in positions {
      let row = try row(position, &blocks)
      for column in 0..<row.count where column != target {
        inputs.append(Float(try number(row, column)))
      }
      if isRegression {
        values.append(Float(try number(row, target)))
      } else {
        labels.append(try reader.label(row[target], below: classNames.count, line: row.line, column: target))
      }
    }
    return try Dataset(
      inputs: Tensor(floats: inputs, shape: [positions.count, columns.count - 1]),
      targets: isRegression ? Tensor(floats: values, shape: [positions.count, 1]) : Tensor(indices: labels),
      classNames: classNames)
  }

  private func number(_ row: CSVRecord, _ column: Int) throws -> Double {
    let plain = row.withBytes(of: column) { bytes in
      PlainNumber.trimmed(bytes).flatMap { PlainNumber.value($0, mark: UInt8(ascii: ".")) }
    }
    return try plain ?? reader.number(row[column], line: row.line, column: column)
  }

  /// A row, and with it its block for the rows that follow.
  private func row(_ position: Int, _ blocks: inout [Int: [CSVRecord]]) throws -> CSVRecord {
    guard (0..<count).contains(position) else {
      throw FileError(path, "has \(count) rows; there is no row \(position)")
    }
    let (block, place) = position.quotientAndRemainder(dividingBy: Self.blockRows)
    if blocks[block] == nil {
      // A shuffled batch touches many blocks; only so many are kept.
      if blocks.count >= 64 { blocks.removeAll() }
      blocks[block] = try records(ofBlock: block)
    }
    guard let records = blocks[block], place < records.count else {
      throw FileError(path, "has changed while it is read")
    }
    try reader.checkCount(of: records[place])
    return records[place]
  }

  private func records(ofBlock block: Int) throws -> [CSVRecord] {
    let (start, line) = starts[block], end = block + 1 < starts.count ? starts[block + 1].offset : file.size
    var records: [CSVRecord] = []
    var tokenizer = CSVTokenizer(file: path, offset: start, line: line)
    try tokenizer.read(try file.read(end - start, at: start)) { records.append($0.kept) }
    try tokenizer.finish { records.append($0.kept) }
    return records
  }
}
