import ChainRuleCore
import ChainRuleFiles
import ChainRuleTraining
import Foundation
import Testing

/// Damaged files: every reader of a format gives a result or an error, whatever the bytes are. A fixed share of seconds
/// each; `CHAINRULE_FUZZ=600` gives each reader ten minutes.
@Suite struct DamagedFiles {
  private enum Format: String, CaseIterable { case npy, npz, idx, safetensors, checkpoint, csv, stream, image }

  /// A small file that is sound.
  private static func sample(_ format: Format, _ scratch: Scratch) throws -> [UInt8] {
    let path = scratch.file("sample")
    switch format {
    case .npy: try Npy.write([[1, 2.5], [-3, 4]], to: path)
    case .npz: try Npz.write([("x", [1, 2]), ("y", Tensor(indices: [3, 4]))], to: path)
    case .idx: return [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]
    case .safetensors: try Safetensors.write(ModelState([("a", [1, 2]), ("b.c", Tensor(floats: [3]))]), to: path)
    case .checkpoint:
      let model = ModelState([("w", [1, 2])])
      try Checkpoint(
        model: model, optimizer: model, history: History(), completedEpochs: 0, completedSteps: 3, stepsInEpoch: 3,
        totals: EpochTotals(), seed: 1, remembered: ["r": model]
      ).write(to: path)
    case .csv, .stream: return Array("a,\"b\"\"c\",t\r\n1,-2.5e3,0\n\"3\n\",nan,1\n".utf8)
    case .image: try PortableImage.write(Tensor(shape: [3, 2, 2], (0..<12).map { Double($0) / 12 }), to: path)
    }
    return Array(try Data(contentsOf: URL(filePath: path)))
  }

  private static func read(_ format: Format, _ path: String) throws {
    switch format {
    case .npy:
      _ = try Npy.read(path)
      _ = try RowFile(npy: path, targets: path).examples(at: [0])
    case .npz: _ = try Npz.read(path)
    case .idx:
      _ = try IDX.read(path)
      _ = try IDX.examples(images: path, labels: path).examples(at: [0])
    case .safetensors: _ = try Safetensors.read(path)
    case .checkpoint: _ = try Checkpoint(contentsOf: path)
    case .csv:
      let table = try CSVTable(contentsOf: path)
      _ = try table.classes(in: 0)
      for policy in [MissingValues.areMistakes, .dropRow, .columnMean, .value(0)] {
        _ = try? Dataset(table, missing: policy)
      }
    case .stream: _ = try CSVStream(path, target: "t").examples(at: [0, 1])
    case .image: _ = try PortableImage.read(path)
    }
  }

  /// Numbers at the ends of their range, digits and quotes.
  private static let telling: [UInt8] = [0, 0x7F, 0x80, 0xFF, 0x30, 0x39, 0x2D, 0x22]

  @Test(arguments: Format.allCases) private func giveAResultOrAnError(format: Format) throws {
    let scratch = try Scratch()
    let seconds = Environment.fuzz ?? 1
    let sample = try Self.sample(format, scratch), path = try scratch.write("f", sample)
    try Self.read(format == .idx ? .idx : format, path)
    var numbers = RandomNumbers(seed: seconds > 1 ? UInt64.random(in: 0 ... .max) : 1)
    let start = ContinuousClock.now
    var count = 0, errors = 0
    while ContinuousClock.now - start < .seconds(seconds) || count < 20 {
      try scratch.write("f", damaged(sample, telling: Self.telling, &numbers))
      let begun = ContinuousClock.now
      do { try Self.read(format, path) } catch is FileError { errors += 1 } catch is ChainRuleError { errors += 1 }
      #expect(ContinuousClock.now - begun < .seconds(20))
      count += 1
    }
    #expect(errors > 0)
  }
}
