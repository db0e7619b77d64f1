import ChainRuleLearning
import Testing

@testable import ChainRuleFiles

@Suite("Tables that stay on disk")
struct TableStreamTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func text(_ rows: Int) -> String {
    "size,color,day,y\n"
      + (0..<rows).map { row in
        let color = row == rows - 3 ? "violet" : ["red", "blue"][row * 7 / 3 % 2]
        return "\(row * 37 % 101).5,\(color),2024-01-\(row % 28 + 1),\(row % 50 == 7 ? "" : row % 3 == 0 ? "a" : "b")\n"
      }.joined()
  }

  /// The whole file is the sample: the encoder is that of the table, and so is every row.
  @Test func aSmallFileIsReadAsATable() throws {
    let path = try scratch.write("t.csv", text(500)), stream = try TableStream(path)
    let table = try CSVTable(contentsOf: path), reading = try TableReading(table)
    #expect(try stream.encoder == reading.fit())
    #expect(stream.count == 490)
    let whole = try stream.encoder.transform(table, rows: reading.rows)
    let part = try stream.examples(at: [489, 0, 7, 250])
    let width = stream.encoder.featureNames.count
    for (row, position) in [489, 0, 7, 250].enumerated() {
      for feature in 0..<width {
        #expect(part.inputs[row, feature] == Double(Float(whole.inputs[position, feature])))
      }
      #expect(part.targets.indices[row] == whole.targets.indices[position])
    }
    #expect(throws: FileError.self) { try stream.examples(at: [490]) }
    #expect(throws: FileError.self) { try stream.examples(at: [-1]) }
  }

  /// Of many rows some are taken; every text is known, and means are near those of all.
  @Test func aSampleKnowsEveryText() throws {
    let path = try scratch.write("t.csv", text(5000)), stream = try TableStream(path, sample: 300)
    #expect(stream.reading.table.rowCount < 700)
    #expect(stream.encoder.featureNames.prefix(4) == ["size", "color=blue", "color=red", "color=violet"])
    #expect(stream.encoder.target.classNames == ["a", "b"])
    let whole = try TableEncoder.fit(CSVTable(contentsOf: path))
    #expect(abs(stream.encoder.columns[0].mean - whole.columns[0].mean) < 6)
    #expect(stream.count == 4900)
    let last = try stream.examples(at: [4899])
    #expect(last.count == 1)
  }

  @Test func anEpochHasEveryRowOnce() throws {
    let stream = try TableStream(scratch.write("t.csv", text(9000)), sample: 300)
    guard case .custom(let order) = stream.order(seed: 3) else {
      Issue.record("no order of its own")
      return
    }
    let first = order(0, stream.count), second = order(1, stream.count)
    #expect(first.sorted() == Array(0..<stream.count) && second.sorted() == first.sorted() && first != second)
    let model = withSeed(1) { Sequential(Dense(stream.encoder.featureNames.count, 2)) }
    let training = try Training(model, loss: softmaxCrossEntropy, optimizer: Adam(learningRate: 0.01))
    let history = try training.run(on: stream, epochs: 2, batchSize: 256, order: stream.order(seed: 3))
    #expect(history.stepLosses.count == 2 * ((stream.count + 255) / 256))
  }

  @Test func otherSpellingsAreStreamedToo() throws {
    let rows = (0..<40).map { "\($0 * 7 % 11),5;\($0 * 3 % 8),25\n" }.joined()
    let stream = try TableStream(scratch.write("s.csv", "x;y\n" + rows))
    #expect(stream.encoder.target.task == .regression && stream.count == 40)
    #expect(abs(try stream.encoder.numbers(of: stream.examples(at: [3]).targets)[0] - 1.25) < 1e-6)
  }

  @Test func whatCannotBeStreamedIsRefused() throws {
    var options = TableEncoder.Options()
    options.missing = .drop
    let path = try scratch.write("t.csv", text(50))
    #expect(message { _ = try TableStream(path, options: options) }.contains("read it as a CSVTable"))
    #expect(message { _ = try TableStream(path, target: ["z"]) }.contains("has no column 'z'"))
    #expect(message { _ = try TableStream(scratch.write("e.csv", "")) }.contains("is empty"))
    #expect(message { _ = try TableStream(scratch.write("n.csv", "a,b\n")) }.contains("has column names but no rows"))
    #expect(message { _ = try TableStream(scratch.write("r.csv", "a,b\n1,2\n3\n")) }.contains("line 3: 1 cell"))
    #expect(
      message { _ = try TableStream(scratch.write("w.csv", [0x61, 0x2C, 0x62, 0x0A, 0xE9, 0x2C, 0x31, 0x0A])) }
        .contains("convert it to UTF-8"))
  }
}
