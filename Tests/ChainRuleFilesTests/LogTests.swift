import ChainRuleLearning
import Foundation
import Testing

@testable import ChainRuleFiles

@Suite("Logs of a training")
struct LogTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// Published: RFC 3720, B.4, and the check value of both polynomials for the nine digits.
  @Test func checksumsArePublishedOnes() {
    #expect(CyclicCheck.castagnoli(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CyclicCheck.castagnoli([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CyclicCheck.castagnoli([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CyclicCheck.castagnoli(Array(0..<32)) == 0x46DD_794E)
    #expect(CyclicCheck.zip(Array("123456789".utf8)) == 0xCBF4_3926)
  }

  /// The examples of the Protocol Buffers encoding guide, and IEEE 754.
  @Test func fieldsAreEncodedAsTheGuideHasIt() {
    var message = ProtocolMessage()
    message.add(1, varint: 150)
    #expect(message.bytes == [0x08, 0x96, 0x01])
    var text = ProtocolMessage()
    text.add(2, "testing")
    #expect(text.bytes == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
    var inner = ProtocolMessage()
    inner.add(3, message)
    #expect(inner.bytes == [0x1A, 0x03, 0x08, 0x96, 0x01])
    var numbers = ProtocolMessage()
    numbers.add(1, 1.0)
    numbers.add(2, Float(-2))
    numbers.add(6, packed: [1])
    #expect(
      numbers.bytes == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x15, 0, 0, 0, 0xC0, 0x32, 8, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
  }

  @Test func aRecordHasItsLengthAndTwoMaskedChecksums() {
    let record = EventWriter.record(Array("123456789".utf8))
    #expect(record.count == 8 + 4 + 9 + 4)
    #expect(Array(record[..<8]) == [9, 0, 0, 0, 0, 0, 0, 0])
    // 0xE3069283 turned right by 15 bits, plus 0xA282EAD8.
    let check: UInt32 = 0x2507_C60D &+ 0xA282_EAD8
    let bytes: [UInt8] = (0..<4).map { (i: UInt32) in UInt8(truncatingIfNeeded: check >> (8 * i)) }
    #expect(Array(record[21...]) == bytes)
  }

  @Test func aHistogramCountsEveryValue() throws {
    #expect(EventWriter.histogram("none", [.nan]) == nil)
    #expect(EventWriter.histogram("one", [2, 2]) != nil)
    let values = (0..<100).map(Double.init)
    var expected = ProtocolMessage(), inner = ProtocolMessage()
    inner.add(1, 0.0)
    inner.add(2, 99.0)
    inner.add(3, 100.0)
    inner.add(4, 4950.0)
    inner.add(5, 328_350.0)
    inner.add(6, packed: [49.5, 99])
    inner.add(7, packed: [50, 50])
    expected.add(1, "x")
    expected.add(5, inner)
    #expect(EventWriter.histogram("x", values, bins: 2)?.bytes == expected.bytes)
  }

  private func training() throws -> Training<Sequential> {
    try Training(
      withSeed(1) { Sequential(Dense(2, 3)) }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1),
      monitorsGradients: true)
  }

  private func examples() throws -> Dataset {
    try Dataset(
      (0..<30).map { (i: Int) -> [Double] in [Double(i % 7), Double(i % 5)] }, labels: (0..<30).map { $0 % 3 })
  }

  @Test func eachEpochIsAnObjectOfItsOwn() throws {
    let path = scratch.file("log.jsonl"), training = try training()
    try training.run(
      on: examples(), validatingOn: examples(), epochs: 3, callbacks: [EpochLog(to: path)])
    func objects() throws -> [[String: Double]] {
      try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
        try JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
      }
    }
    #expect(try objects().map { $0["epoch"] } == [1, 2, 3])
    #expect(try objects().map { $0["loss"] } == training.history.map(\.loss))
    let names: Set = [
      "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate", "gradient_norm",
      "seconds",
    ]
    #expect(try Set(objects()[0].keys) == names)
    // A resumed run begins with what was made before.
    let resumed = try self.training()
    try resumed.resume(from: training.checkpoint())
    try Data("something else\n".utf8).write(to: URL(filePath: path))
    try resumed.run(on: examples(), epochs: 1, callbacks: [EpochLog(to: path)])
    #expect(try objects().map { $0["epoch"] } == [1, 2, 3, 4])
  }

  @Test func whatIsNoNumberIsNull() throws {
    let path = scratch.file("log.jsonl")
    try self.training().run(
      on: examples(), epochs: 1,
      callbacks: [EpochLog(to: path)])
    let odd = try Training(
      withSeed(1) { Sequential(Dense(2, 3)) }, loss: softmaxCrossEntropy, optimizer: SGD(learningRate: 0.1),
      metrics: [Metric("a \"b\"\n") { _, _ in .nan }])
    try odd.run(on: examples(), epochs: 1, callbacks: [EpochLog(to: path)])
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
    let fields = try #require(object as? [String: Any])
    #expect(fields["a \"b\"\n"] is NSNull)
  }

  @Test func eventsOfAnotherRunAreNotMixedIn() throws {
    let folder = scratch.file("events"), training = try training()
    try training.run(on: examples(), epochs: 2, callbacks: [EventWriter(to: folder)])
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(files.count == 1 && files[0].hasPrefix("events.out.tfevents."))
    #expect(
      message { try self.training().run(on: examples(), epochs: 1, callbacks: [EventWriter(to: folder)]) }
        .hasSuffix("holds the events of another run already; name another folder"))
    try training.run(on: examples(), epochs: 1, callbacks: [EventWriter(to: folder)])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
  }
}
