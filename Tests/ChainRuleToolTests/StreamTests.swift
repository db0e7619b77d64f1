import Foundation
import Testing

/// `train --stream`: tables that stay on disk.
@Suite("Tables that the tool streams") struct StreamTests {
  /// Numbers, texts, gaps and a count of the rows; the price follows from area and color.
  static func table(_ rows: Int, pricelessEvery: Int = 97) -> String {
    var text = "id,area,color,price\n"
    for row in 1...rows {
      let area = row * 7919 % 1009, isRed = row % 3 == 0
      let price = row % pricelessEvery == 0 ? "" : "\(2 * area + (isRed ? 300 : 0))"
      text += "\(row),\(row % 50 == 0 ? "" : "\(area)"),\(isRed ? "red" : "blue"),\(price)\n"
    }
    return text
  }

  /// Which rows do what is told, columns are what they are in memory, and the model is one to predict with.
  @Test func aStreamedTableIsTrainedOnAndUsed() throws {
    try Tool.inNewFolder { folder in
      try Self.table(6000).write(to: folder.appending(path: "t.csv"), atomically: true, encoding: .utf8)
      let run = try Tool.run(
        "train --data t.csv --stream yes --epochs 8 --rate 0.02 --output m".split(separator: " ").map(String.init),
        in: folder)
      #expect(run.status == 0, "\(run.complaint)")
      #expect(
        run.output.contains("t.csv: 6000 rows, 4 columns\nthe table stays on disk; columns are told from 5939 rows"))
      #expect(run.output.contains("left out: it counts the rows"))
      #expect(run.output.contains("61 rows without a target are left out"))
      #expect(run.output.contains("4752 rows to train, 1187 to test, batches of 256"))
      let error = try #require(run.output.firstMatch(of: /test RMSE ([0-9.]+)/).flatMap { Double($0.1) })
      let mean = try #require(run.output.firstMatch(of: /the mean: RMSE ([0-9.]+)/).flatMap { Double($0.1) })
      #expect(error < 0.5 * mean)
      let resumed = try Tool.run(["train", "--resume", "m", "--epochs", "9", "--quiet"], in: folder)
      #expect(resumed.status == 0, "\(resumed.complaint)")
      let said = try Tool.run(["predict", "m", "--data", "t.csv", "--rows", "3"], in: folder)
      #expect(said.status == 0 && said.output.contains("row 3: "))
      let chosen = try Tool.run(
        ["train", "--data", "t.csv", "--stream", "yes", "--epochs", "2", "--patience", "1"], in: folder)
      #expect(chosen.output.contains("3802 rows to train, 950 to choose when to stop, 1187 to test"))
      let more = folder.appending(path: "t.csv")
      try (Self.table(6001)).write(to: more, atomically: true, encoding: .utf8)
      let changed = try Tool.run(["train", "--resume", "m", "--epochs", "10"], in: folder)
      #expect(changed.status == 2 && changed.complaint.contains("is not what it was when the run in m began"))
    }
  }

  @Test(arguments: ["--folds 3", "--group color", "--time id", "--weight area", "--missing drop", "--test-file t.csv"])
  func whatNeedsAllRowsIsRefused(option: String) throws {
    try Tool.inNewFolder { folder in
      try Self.table(60).write(to: folder.appending(path: "t.csv"), atomically: true, encoding: .utf8)
      let words = "train --data t.csv --stream yes \(option)".split(separator: " ").map(String.init)
      let run = try Tool.run(words, in: folder)
      let name = option.split(separator: " ")[0]
      #expect(run.status == 2 && run.output.isEmpty)
      #expect(
        run.complaint.contains(
          "\(name) needs all rows in memory, and the table is streamed; --stream no reads it whole"))
      #expect(try Tool.run(["train", "--stream", "yes"], in: folder).complaint.contains("belongs to a table"))
    }
  }

  #if os(Linux)
    /// 25 MB are trained on without being held, where a table read whole takes several times its size.
    @Test(.enabled(if: isHeavy)) func memoryDoesNotGrowWithTheFile() throws {
      func peak(_ stream: String) throws -> Int {
        try Tool.inNewFolder { folder in
          let block = String(Self.table(60_000).dropFirst("id,area,color,price\n".count))
          let file = folder.appending(path: "t.csv")
          try ("id,area,color,price\n" + String(repeating: block, count: 20)).write(
            to: file, atomically: true, encoding: .utf8)
          let words = "train --data t.csv --ignore id --stream \(stream) --epochs 1 --quiet"
          let tool = try Tool.start(words.split(separator: " ").map(String.init), in: folder)
          let peak = tool.peakMemory()
          #expect(try tool.end().status == 0)
          return peak
        }
      }
      let streamed = try peak("yes"), whole = try peak("no")
      #expect(streamed > 0 && streamed < 200 << 20, "\(streamed) bytes")
      #expect(2 * whole > 3 * streamed, "\(whole) and \(streamed) bytes")
    }
  #endif
}
