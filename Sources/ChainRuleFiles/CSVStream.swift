import ChainRule
import ChainRuleLearning

/// A CSV file of numbers that stays on disk: one pass notes where every 64th row starts, and a batch reads only the
/// blocks that hold its rows. Lines end where they end: cells with line breaks inside quotes are not for this reader.
public struct CSVStream: DataSource {
  public let path: String
  public let columns: [String]
  public let count: Int
  public let classNames: [String]
  public var prefetchCount: Int { 2 }

  private let file: RandomAccessFile
  private let target: Int
  private let isRegression: Bool
  /// Where every `blockRows`-th row starts, and the end of the last one.
  private let starts: [Int]
  private static let blockRows = 64
  /// Longer lines are refused, so that a file without line ends takes no memory.
  private static let longestLine = 1 << 20

  /// - Parameters:
  ///   - target: the column of class indices (whole numbers from 0), or of numbers where `isRegression`.
  public init(_ path: String, target: String, isRegression: Bool = false) throws {
    self.path = path
    self.isRegression = isRegression
    file = try RandomAccessFile(path)
    var scanner = LineScanner(file, longest: Self.longestLine)
    guard let head = try scanner.next() else { throw FileError(path, "is empty; a line of column names is needed") }
    columns = head.text.split(separator: ",", omittingEmptySubsequences: false).map { String($0.filter { $0 != "\"" }) }
    guard let position = columns.firstIndex(of: target) else {
      throw FileError(path, "has no column '\(target)'; its columns are \(columns.prefix(12).joined(separator: ", "))")
    }
    if let other = columns[(position + 1)...].firstIndex(of: target) {
      throw FileError(
        path, "has two columns '\(target)', \(position + 1) and \(other + 1); give each a name of its own")
    }
    self.target = position
    var starts: [Int] = [], rows = 0, largest = 0, end = scanner.offset
    while let line = try scanner.next() {
      if line.text.isEmpty { throw FileError(path, line: rows + 2, "is empty in the middle of the file") }
      if rows % Self.blockRows == 0 { starts.append(line.start) }
      if !isRegression { largest = try Swift.max(largest, Self.label(line.text, position, path, rows + 2, target)) }
      rows += 1
      end = scanner.offset
    }
    guard rows > 0 else { throw FileError(path, "has column names but no rows") }
    (self.starts, count) = (starts + [end], rows)
    classNames = isRegression ? [] : (0...largest).map(String.init)
  }

  private static func label(_ line: String, _ position: Int, _ path: String, _ number: Int, _ name: String) throws
    -> Int
  {
    let cells = line.split(separator: ",", omittingEmptySubsequences: false)
    guard position < cells.count, let label = Int(cells[position].filter { $0 != " " }), (0..<1_000_000).contains(label)
    else {
      throw FileError(path, line: number, column: name, "a label is a whole number from 0")
    }
    return label
  }

  public func examples(at positions: [Int]) throws -> Dataset {
    var inputs: [Float] = [], labels: [Int] = [], values: [Float] = []
    var blocks: [Int: [Substring]] = [:]
    for position in positions {
      guard (0..<count).contains(position) else {
        throw FileError(path, "has \(count) rows; there is no row \(position)")
      }
      let block = position / Self.blockRows
      if blocks[block] == nil {
        // A shuffled batch touches many blocks; only so many are kept.
        if blocks.count >= 64 { blocks.removeAll() }
        blocks[block] = try lines(ofBlock: block)
      }
      let place = position % Self.blockRows
      guard let lines = blocks[block], place < lines.count else {
        throw FileError(path, "has changed while it is read")
      }
      let numbers = try self.numbers(lines[place], line: position + 2)
      for (column, number) in numbers.enumerated() where column != target { inputs.append(Float(number)) }
      if isRegression { values.append(Float(numbers[target])) } else { labels.append(Int(numbers[target])) }
    }
    return try Dataset(
      inputs: Tensor(floats: inputs, shape: [positions.count, columns.count - 1]),
      targets: isRegression ? Tensor(floats: values, shape: [positions.count, 1]) : Tensor(indices: labels),
      classNames: classNames)
  }

  private func lines(ofBlock block: Int) throws -> [Substring] {
    let bytes = try file.read(starts[block + 1] - starts[block], at: starts[block])
    return String(decoding: bytes, as: UTF8.self).split { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
  }

  private func numbers(_ text: Substring, line: Int) throws -> [Double] {
    let cells = text.split(separator: ",", omittingEmptySubsequences: false)
    guard cells.count == columns.count else {
      throw FileError(path, line: line, "\(cells.count) cells where the first line has \(columns.count) columns")
    }
    return try cells.enumerated().map { index, cell in
      guard let number = Double(cell.filter { $0 != " " && $0 != "\"" }) else {
        throw FileError(path, line: line, column: columns[index], "a number is needed, not '\(cell.prefix(40))'")
      }
      return number
    }
  }
}

/// Lines of a file with their offsets, read in blocks.
private struct LineScanner {
  private let file: RandomAccessFile
  private let longest: Int
  private var buffer: ArraySlice<UInt8> = []
  /// Where the next line starts.
  private(set) var offset = 0

  init(_ file: RandomAccessFile, longest: Int) { (self.file, self.longest) = (file, longest) }

  mutating func next() throws -> (start: Int, text: String)? {
    let start = offset
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = buffer[..<end]
        offset = start + line.count + 1
        buffer = buffer[(end + 1)...]
        return (start, text(line))
      }
      let position = start + buffer.count
      guard position < file.size else { break }
      guard buffer.count < longest else {
        throw FileError(file.path, "has a line of more than \(longest) bytes at byte \(start)")
      }
      buffer = ArraySlice(Array(buffer) + (try file.read(Swift.min(1 << 16, file.size - position), at: position)))
    }
    guard !buffer.isEmpty else { return nil }
    defer { buffer = [] }
    offset = file.size
    return (start, text(buffer))
  }

  private func text(_ line: ArraySlice<UInt8>) -> String {
    String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
  }
}
