import Foundation
import Testing

/// The models beside the network: they learn with the weights that it learns with, and are told in units.
@Suite("Models beside the network") struct BaselineTests {
  private func training(_ table: String, _ test: String?, _ words: [String]) throws -> String {
    try Tool.inNewFolder { folder in
      try Data(table.utf8).write(to: folder.appending(path: "t.csv"))
      if let test { try Data(test.utf8).write(to: folder.appending(path: "test.csv")) }
      let files = test == nil ? [] : ["--test-file", "test.csv"]
      let tool = try Tool.run(["train", "--data", "t.csv", "--epochs", "1"] + files + words, in: folder)
      #expect(tool.status == 0, "\(tool.complaint)")
      return tool.output
    }
  }

  /// A third of the rows are far off and count nearly nothing: mean and line are those of the others.
  @Test func numbersAreWeighted() throws {
    var (rows, test) = ("x,w,y\n", "x,w,y\n")
    for row in 0..<60 {
      let x = row * 7 % 20, isOff = row % 3 == 0
      rows += "\(x).5,\(isOff ? "0.000000001" : "1"),\(isOff ? -900 : 2 * x + 1).25\n"
    }
    for x in 0..<20 { test += "\(x).5,1,\(2 * x + 1).25\n" }
    let words = ["--target", "y", "--weight", "w"]
    let output = try training(rows, test, words)
    let mean = try #require(output.firstMatch(of: /the mean: RMSE ([0-9.]+)/).flatMap { Double($0.1) })
    let line = try #require(output.firstMatch(of: /a linear model: RMSE ([0-9.e-]+)/).flatMap { Double($0.1) })
    #expect(mean > 11 && mean < 12, "the deviation of 2x for x from 0 to 19 is 11.53")
    #expect(line < 1e-3)
    let plain = try training(rows, test, ["--target", "y", "--ignore", "w"])
    #expect(plain.contains(/the mean: RMSE 3[0-9][0-9]/), "without weights the mean is far off")
  }

  @Test func theCommonestClassIsTheOneThatCountsMost() throws {
    var rows = "x,w,y\n"
    for row in 0..<100 { rows += "\(row * 7 % 20).5,\(row % 4 == 0 ? 5 : 1),\(row % 4 == 0 ? "b" : "a")\n" }
    #expect(
      try training(rows, nil, ["--target", "y", "--weight", "w"]).contains(
        "the commonest class: accuracy 25.0 % (5 of 20)"))
    let plain = try training(rows, nil, ["--target", "y", "--ignore", "w", "--class-weights", "balanced"])
    #expect(plain.contains("the commonest class: accuracy 75.0 % (15 of 20)"))
  }

  @Test func figuresHaveTheUnitOfTheColumn() throws {
    var rows = "x,price\n"
    for row in 0..<60 { rows += "\(row * 7 % 20).5,$\(100 * (row * 7 % 20)).00\n" }
    let output = try training(rows, nil, [])
    #expect(output.contains(/test RMSE [0-9.]+ \$, MAE [0-9.]+ \$, R²/))
    #expect(output.contains(/the mean: RMSE [0-9.]+ \$, MAE [0-9.]+ \$/))
    try Tool.inNewFolder { folder in
      try Data(rows.utf8).write(to: folder.appending(path: "t.csv"))
      let folds = try Tool.run(
        ["train", "--data", "t.csv", "--epochs", "1", "--folds", "3", "--output", "m"], in: folder)
      #expect(folds.output.contains(/over 3 folds: RMSE [0-9.]+ ± [0-9.]+ \$, MAE [0-9.]+ ± [0-9.]+ \$, R²/))
      let once = try Tool.run(["train", "--data", "t.csv", "--epochs", "1", "--output", "n"], in: folder)
      #expect(once.status == 0)
      let said = try Tool.run(["predict", "n", "--data", "t.csv", "--rows", "1"], in: folder)
      #expect(said.output.contains(/row 1: [0-9.]+ ± [0-9.]+ \$/))
      #expect(try Tool.run(["evaluate", "n", "--data", "t.csv"], in: folder).output.contains(/RMSE [0-9.]+ \$/))
      let owed = try Tool.run(["explain-model", "n", "--data", "t.csv"], in: folder)
      #expect(owed.output.contains("RMSE worse by, in $"))
    }
  }
}
