import ChainRuleFiles
import ChainRuleTraining
import Foundation
import Testing

/// What reading a table takes at its peak, in times of the file's size. Measured in a process that does nothing else:
/// this program again, with the variable CHAINRULE_READ.
@Suite struct MemoryOfTables {
  enum Reader: String, CaseIterable {
    case table, foundOut, stream, sampled, trained

    /// How many times the file's size it may take.
    var bound: Double {
      switch self {
      case .table, .foundOut: 4
      case .stream, .sampled: 0.5
      case .trained: 1
      }
    }

    func read(_ path: String) throws -> Int {
      switch self {
      case .table: return try CSVTable(contentsOf: path).rowCount
      case .foundOut: return try CSVTable(contentsOf: path, dialect: nil).rowCount
      case .stream:
        let stream = try CSVStream(path, target: "label")
        return try stream.count + stream.examples(at: [0, stream.count / 2]).count - 2
      case .sampled:
        return try TableStream(path, target: ["label"], sample: 2000).count
      case .trained:
        let stream = try TableStream(path, target: ["label"], sample: 2000)
        let model = Sequential(Dense(stream.encoder.featureNames.count, 3))
        try Training(model, loss: softmaxCrossEntropy, optimizer: Adam()).run(
          on: stream, epochs: 1, batchSize: 256,
          order: .custom { _, count in Array(stride(from: 0, to: count, by: 64)) + Array(count - 16_000..<count) })
        return stream.count
      }
    }
  }

  private static let rows = 200_000

  /// 20 MB of numbers in nine columns and a label.
  private static let file = Result {
    let scratch = try Scratch()
    var block: [UInt8] = []
    for row in 0..<200 {
      for column in 1...9 { block += Array("\(100_000 + (row * 9 + column) * 7919 % 99_991).25,".utf8) }
      block += Array("\(row % 3)\n".utf8)
    }
    var bytes = Array(((1...9).map { "column\($0)," } + ["label\n"]).joined().utf8)
    for _ in 0..<rows / 200 { bytes += block }
    try scratch.write("table.csv", bytes)
    return (scratch, bytes.count)
  }

  #if os(Linux)
    @Test(arguments: Reader.allCases) func isBoundedByTheFile(reader: Reader) throws {
      let (scratch, size) = try Self.file.get()
      let process = Process(), output = Pipe()
      process.executableURL = URL(filePath: CommandLine.arguments[0])
      process.arguments = ["--testing-library", "swift-testing", "--filter", "ReadingAlone"]
      process.environment = ProcessInfo.processInfo.environment.merging(
        ["CHAINRULE_READ": "\(reader.rawValue):\(scratch.file("table.csv"))"]) { $1 }
      process.standardOutput = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let found = try #require(text.firstMatch(of: /read (\d+) rows with (\d+) bytes/), "\(text)")
      #expect(Int(found.1) == Self.rows)
      let times = Double(found.2).map { $0 / Double(size) } ?? .infinity
      #expect(times < reader.bound, "\(times) times the file's size")
    }
  #endif
}

@Suite(.enabled(if: Environment.value("CHAINRULE_READ") != nil)) struct ReadingAlone {
  @Test func saysWhatItTook() throws {
    let words = try #require(Environment.value("CHAINRULE_READ")).split(separator: ":", maxSplits: 1)
    let reader = try #require(MemoryOfTables.Reader(rawValue: String(words[0])))
    let before = try Self.peak()
    let rows = try reader.read(String(words[1]))
    print("read \(rows) rows with \(try Self.peak() - before) bytes")
  }

  /// The most memory that the process has held so far; what the kernel says of its usage begins with its parent's.
  private static func peak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.firstMatch(of: /VmHWM:\s+(\d+) kB/))
    return try #require(Int(line.1)) * 1024
  }
}
