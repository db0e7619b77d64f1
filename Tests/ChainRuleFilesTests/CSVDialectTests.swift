import ChainRuleLearning
import Testing

@testable import ChainRuleFiles

/// A file is read alike by every reader, or refused by every one with the same words.
@Suite struct CSVIsOneDialect {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Rows of features and labels of the column `t`, or the mistake.
  enum Reading: Equatable {
    case rows(columns: [String], features: [[Double]], labels: [Int])
    case mistake(String)
  }

  private func reading(_ read: () throws -> Reading) -> Reading {
    do { return try read() } catch { return .mistake("\(error)") }
  }

  private func rows(_ columns: [String], _ data: Dataset) -> Reading {
    let width = data.inputs.shape[1], values = data.inputs.scalars
    return .rows(
      columns: columns, features: (0..<data.count).map { Array(values[$0 * width..<($0 + 1) * width]) },
      labels: data.targets.indices)
  }

  private func byTable(_ path: String) -> Reading {
    reading {
      let table = try CSVTable(contentsOf: path), target = try table.column("t")
      let others = table.columns.indices.filter { $0 != target }
      let labels = try table.classes(in: target, limit: 1_000_000).labels
      let numbers = try table.rows.indices.map { row in try others.map { try table.number(row, $0) } }
      return .rows(columns: table.columns, features: numbers, labels: labels)
    }
  }

  private func byStream(_ path: String) -> Reading {
    reading {
      let stream = try CSVStream(path, target: "t")
      return rows(stream.columns, try stream.examples(at: Array(0..<stream.count)))
    }
  }

  static let readable: [(String, Reading)] = [
    ("\u{FEFF}t,x\n0,1\n", .rows(columns: ["t", "x"], features: [[1]], labels: [0])),
    ("t,x\n0,1\r1,2\n5,7\n", .rows(columns: ["t", "x"], features: [[1], [2], [7]], labels: [0, 1, 5])),
    ("\"p,q\",t\n\"1,5\",0\n", .mistake("line 2, column p,q: a number is needed, not '1,5'")),
    ("\"p,q\",t\n\"1.5\",0\n", .rows(columns: ["p,q", "t"], features: [[1.5]], labels: [0])),
    ("t,x\n\"0\",1\n", .rows(columns: ["t", "x"], features: [[1]], labels: [0])),
    ("x,t\n1 2,0\n3\"4,1\n", .mistake("line 2, column x: a number is needed, not '1 2'")),
    ("x,t\n3\"4,1\n", .mistake("line 2, column x: a number is needed, not '3\"4'")),
    (" x , t\n 1.5 ,\t1.0 \r\n2,1e0\r\n", .rows(columns: ["x", "t"], features: [[1.5], [2]], labels: [1, 1])),
    ("\"t\",\"x \"\"y\"\"\"\r\n1,\" 2 \"\r\n", .rows(columns: ["t", "x \"y\""], features: [[2]], labels: [1])),
    ("x,t\n\n1,0\n\r\n2,1", .rows(columns: ["x", "t"], features: [[1], [2]], labels: [0, 1])),
    ("\"x\ny\",t\n1,0\n", .rows(columns: ["x\ny", "t"], features: [[1]], labels: [0])),
    ("\"x\r\ny\",t\n\n1,0\nz,1\n", .mistake("line 5, column x\r\ny: a number is needed, not 'z'")),
    ("x,t\n1,0.5\n", .mistake("line 2, column t: a label is a whole number from 0 to 999999, not '0.5'")),
    ("x,t\n1,-1\n", .mistake("line 2, column t: a label is a whole number from 0 to 999999, not '-1'")),
    ("x,t\n1,0\n,1\n", .mistake("line 3, column x: a number is needed, not an empty cell")),
    ("x,t\n1,0\n2\n", .mistake("line 3: 1 cell where the first line has 2 columns")),
    ("x,t\n1,\"0\n", .mistake("line 2: a quote is opened and never closed")),
    ("x,t,t\n1,0,0\n", .mistake("has two columns 't', 2 and 3; give each a name of its own")),
    ("x,t\n", .mistake("has column names but no rows")),
  ]

  @Test(arguments: readable.indices)
  func tableAndStreamReadTheSame(index: Int) throws {
    let (text, expected) = Self.readable[index]
    let path = try scratch.write("t.csv", text)
    let (table, stream) = (byTable(path), byStream(path))
    #expect(table == stream)
    if case .mistake(let words) = expected {
      guard case .mistake(let said) = table else {
        Issue.record("read as \(table)")
        return
      }
      #expect(said.hasSuffix(words), "\(said)")
    } else {
      #expect(table == expected)
    }
  }

  /// Features of numbers are those of a data set made of the table.
  @Test(arguments: readable.filter { if case .rows = $0.1 { true } else { false } }.map(\.0))
  func aDatasetReadsTheSame(text: String) throws {
    let path = try scratch.write("t.csv", text)
    let table = try CSVTable(contentsOf: path)
    #expect(rows(table.columns, try Dataset(csv: path, target: "t")) == byTable(path))
  }

  @Test func aFirstLineOfNumbersIsARowForEveryReader() throws {
    let path = try scratch.write("n.csv", "1,2,0\n3,4,2\n")
    let stream = try CSVStream(path, target: "3")
    #expect(stream.columns == ["1", "2", "3"])
    #expect(try stream.examples(at: [0, 1]).inputs.floats == [1, 2, 3, 4])
    #expect(try CSVTable(contentsOf: path).classes(in: 2).labels == stream.examples(at: [0, 1]).targets.indices)
  }

  /// Quotes, line ends and the byte-order mark do not depend on where a file is cut into pieces.
  @Test(arguments: 1...7)
  func piecesOfAnySizeGiveTheSameRecords(size: Int) throws {
    let bytes = Array("a,\"b\r\nc\"\r\n\r\"\"\"d\"\"\",e\rf,\"\"\n".utf8)
    var records: [CSVRecord] = []
    var tokenizer = CSVTokenizer(file: "t.csv")
    for start in stride(from: 0, to: bytes.count, by: size) {
      try tokenizer.read(Array(bytes[start..<min(start + size, bytes.count)])) { records.append($0) }
    }
    try tokenizer.finish { records.append($0) }
    #expect(records.map(\.cells) == [["a", "b\r\nc"], ["\"d\"", "e"], ["f", ""]])
    #expect(records.map(\.line) == [1, 4, 5])
    #expect(records.map(\.offset) == [0, 11, 21])
  }

  @Test func linesOfAStreamAreCountedThroughQuotesAndBlankLines() throws {
    var text = "x,t\n"
    for row in 0..<200 { text += "\(row == 190 ? "z" : "\(row)"),\"0\n\"\n\n" }
    let stream = try CSVStream(scratch.write("s.csv", text), target: "t")
    #expect(try stream.examples(at: [189, 0, 64]).inputs.floats == [189, 0, 64])
    #expect(message { _ = try stream.examples(at: [190]) }.contains("line 572, column x: a number is needed, not 'z'"))
  }
}
