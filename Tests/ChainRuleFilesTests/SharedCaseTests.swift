import ChainRule
import ChainRuleFiles
import ChainRuleLearning
import Foundation
import Testing

/// The files that were handed in with reports of mistakes, where they stand beside the package.
private let cases = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/cases")
  .standardizedFileURL

@Suite(.enabled(if: FileManager.default.fileExists(atPath: cases.path))) struct SharedCases {
  private func path(_ name: String) -> String { cases.appending(path: name).path }

  @Test(arguments: [
    ("npz-bad-crc.npz", "do not have its checksum"), ("npz-overlap-1MB-to-1GB.npz", "overlaps another"),
  ])
  func aDamagedArchiveIsRefused(file: String, words: String) {
    #expect(message { _ = try Npz.read(path(file)) }.contains(words))
  }

  @Test(arguments: [
    "stream-BOM.csv", "stream-lone-CR.csv", "stream-quoted-comma.csv", "stream-quoted.csv", "stream-spaces.csv",
  ])
  func tableAndStreamReadAlike(file: String) throws {
    func text(_ read: () throws -> (features: [Double], labels: [Int])) -> String {
      do { return "\(try read())" } catch { return "\(error)" }
    }
    let table = text {
      let table = try CSVTable(contentsOf: path(file)), target = try table.column("t")
      let others = table.columns.indices.filter { $0 != target }
      return (try table.numbers(in: others), try table.classes(in: target).labels)
    }
    let stream = text {
      let stream = try CSVStream(path(file), target: "t"), rows = try stream.examples(at: Array(0..<stream.count))
      return (rows.inputs.scalars, rows.targets.indices)
    }
    #expect(table == stream)
  }

  @Test func everyTableOrArrayIsReadOrRefusedInASentence() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: cases.path)
    for name in names.sorted() where !name.hasSuffix(".swift") {
      for read: (String) throws -> Void in [
        { _ = try CSVTable(contentsOf: $0) }, { _ = try Npz.read($0) }, { _ = try Safetensors.read($0) },
        { _ = try Npy.read($0) }, { _ = try Checkpoint(contentsOf: $0) }, { _ = try IDX.read($0) },
      ] {
        do { try read(path(name)) } catch { #expect("\(error)".contains(name), "\(error)") }
      }
    }
  }
}
